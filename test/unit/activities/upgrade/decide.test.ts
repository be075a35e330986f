import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decideAfterCheck,
  decideAfterKill,
  decideAfterRemoval,
  decideAfterUpgrade,
} from '../../../../activities/upgrade/decide.ts';
import type { StepAnswer } from '../../../../platform/postgres/queries/upgrades/commands.ts';

const answer = (changes: Partial<StepAnswer> & { found?: unknown }): StepAnswer => {
  const { found, ...rest } = changes;
  return {
    commandid: 1,
    status: 'success',
    success: true,
    error: null,
    checks: 1,
    oldpid: 100,
    toversion: 'new',
    agentpid: 100,
    agentversion: 'old',
    elements: found === undefined ? null : JSON.stringify(found),
    ...rest,
  };
};
const refused = (error: string) => answer({ success: false, error });

test('after the upgrade step, only plausible values from the module are recorded', () => {
  const found = { oldpid: 4242, oldversion: 'old', oldstarttime: '2026-01-01T00:00:00Z', newpid: 4243 };
  expect(decideAfterUpgrade(answer({ found }))).toEqual({ commandid: 1, step: 'old pid returned', ...found });
  for (const oldpid of [1, -5, 2 ** 33, '4242', null, 1.5]) {
    expect(decideAfterUpgrade(answer({ found: { ...found, oldpid } }))).toMatchObject({ outcome: 'failed' });
  }
  expect(
    decideAfterUpgrade(answer({ found: { ...found, oldstarttime: "x'; --", newpid: 'x' } })),
  ).toMatchObject({
    oldpid: 4242,
    oldstarttime: undefined,
    newpid: undefined,
  });
  expect(decideAfterUpgrade(answer({ elements: 'no json' }))).toMatchObject({ outcome: 'failed' });
});

test('an upgrade step that had nothing to do is done, a failed one has a reason, an interrupted one continues', () => {
  const message = 'Agent is already running version new';
  expect(decideAfterUpgrade(answer({ found: { message } }))).toMatchObject({
    outcome: 'done',
    reason: message,
  });
  expect(decideAfterUpgrade(refused('no'))).toMatchObject({ step: 'sent', outcome: 'failed', reason: 'no' });
  expect(decideAfterUpgrade(answer({ status: 'timeout', success: false }))).toMatchObject({
    reason: 'the command ended as timeout',
  });
  expect(decideAfterUpgrade(refused('interrupted: the agent ended'))).toMatchObject({
    step: 'old pid returned',
    oldpid: 100,
    oldversion: 'old',
  });
});

test('a hostile answer ends only its own upgrade, and its values are dropped or cut', () => {
  const found = { oldpid: 4242, oldversion: 'old' };
  for (const oldstarttime of [
    '2026-99-99T99:99:99Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-23:00',
    7,
  ]) {
    expect(decideAfterUpgrade(answer({ found: { ...found, oldstarttime } }))).toMatchObject({
      step: 'old pid returned',
      oldstarttime: undefined,
    });
  }
  for (const oldversion of ['../../bin/sh', 'v'.repeat(2000), '', 7, {}]) {
    expect(decideAfterUpgrade(answer({ found: { ...found, oldversion } }))).toMatchObject({
      outcome: 'failed',
    });
  }
  const interrupted = { ...refused('interrupted: x'), agentversion: 'v'.repeat(2000) };
  expect(decideAfterUpgrade(interrupted)).toMatchObject({ outcome: 'failed' });
  for (const agents of [
    [null],
    [null, 7, 'x'],
    [[]],
    Array.from({ length: 5000 }, () => ({ version: 'x' })),
  ]) {
    const stopped = decideAfterCheck(answer({ found: { agents }, checks: 5 }));
    expect(stopped.outcome).toMatch(/failed|lingering/);
    expect(stopped.reason?.length).toBeLessThan(600);
  }
});

test('the kill step succeeds when the old process is already gone, other failures leave it lingering', () => {
  expect(decideAfterKill(answer({}))).toEqual({ commandid: 1, step: 'kill acknowledged' });
  expect(decideAfterKill(refused("PID '100' not found. Returned error 'no such process'"))).toEqual({
    commandid: 1,
    step: 'kill acknowledged',
  });
  for (const error of [
    "PID '100' not killed. Returned error 'x'",
    "Version mismatch. Expected 'a', found 'b'",
  ]) {
    expect(decideAfterKill(refused(error))).toMatchObject({ outcome: 'lingering', reason: error });
  }
});

test('the check step passes when only the new agent runs, repeats while both run, and gives up after five checks', () => {
  const fresh = { pid: 200, version: 'new' };
  const old = { pid: 100, version: 'old' };
  const check = (agents: unknown, checks = 1) => decideAfterCheck(answer({ found: { agents }, checks }));
  expect(check([fresh])).toEqual({ commandid: 1, step: 'one process found' });
  expect(check([fresh, old])).toEqual({ commandid: 1, step: 'kill acknowledged' });
  expect(check([fresh, old], 5)).toMatchObject({ outcome: 'lingering' });
  expect(check([fresh, { pid: 300, version: 'new' }], 5)).toMatchObject({ outcome: 'lingering' });
  expect(check([{ pid: 100, version: 'new' }], 5)).toMatchObject({ outcome: 'lingering' });
  expect(check([{ pid: 300, version: 'old' }], 5)).toMatchObject({ outcome: 'failed' });
  expect(check([], 5)).toMatchObject({ outcome: 'failed' });
  expect(check('nonsense', 5)).toMatchObject({ outcome: 'failed' });
});

test('the removal step ends with the old binary removed, or fails', () => {
  expect(decideAfterRemoval(answer({}))).toEqual({ commandid: 1, step: 'old binary removed' });
  expect(decideAfterRemoval(refused('no'))).toMatchObject({ outcome: 'failed' });
});

test('any list of agents from an endpoint leads to a decision with a short reason', () => {
  const word = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>({ toString: 1, valueOf: 1 }, { toString: null }),
  );
  const agents = fc.array(fc.record({ pid: word, version: word }), { minLength: 1 });
  fc.assert(
    fc.property(agents, (found) => {
      const { commandid, reason } = decideAfterCheck(answer({ found: { agents: found }, checks: 5 }));
      expect(commandid).toBe(1);
      expect((reason ?? '').length).toBeLessThan(1000);
    }),
  );
});
