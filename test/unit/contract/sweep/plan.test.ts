import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../../contract/action.ts';
import { parseCheck } from '../../../../contract/compliance.ts';
import type { ModuleResult } from '../../../../contract/module-result.ts';
import { needsOf } from '../../../../contract/rules/agent-needs.ts';
import { type Expectation, verdictOf } from '../../../../contract/rules/verdict.ts';
import { parseSweep, type SweepCheck } from '../../../../contract/sweep/document.ts';
import { evaluatePart } from '../../../../contract/sweep/evaluate.ts';
import {
  compressOperations,
  matchesPackage,
  planOfSigned,
  planSweep,
  requireSameOperations,
} from '../../../../contract/sweep/plan.ts';
import { parseOperations } from '../../../../contract/sweep/requests.ts';
import { signableOperations } from '../../../../contract/sweep/run-actions.ts';
import { findModule } from '../../../../modules/all-modules.ts';
import { defined } from '../../../setup/defined.ts';

const FOLDER = fileURLToPath(new URL('../../../../compliance/debian12/checks/', import.meta.url));
const checks: SweepCheck[] = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => ({ id: basename(file, '.json'), ...parseCheck(readFileSync(join(FOLDER, file), 'utf8')) }));

const NO_HOST = { loadHost: () => Promise.reject(new Error('no agent')) };

async function runOperation({ module, parameters }: Operation): Promise<ModuleResult> {
  const { run } = await defined(findModule(module)).loadRun();
  return run(parameters, NO_HOST);
}

async function verdictsTogether(asked: readonly SweepCheck[]): Promise<Map<string, string>> {
  const verdicts = new Map<string, string>();
  for (const part of planSweep(asked)) {
    for (const { parameters, module } of part.operations) {
      expect(defined(findModule(module)).checkParameters(parameters)).toBeUndefined();
    }
    const results = await Promise.all(part.operations.map(runOperation));
    for (const [id, { verdict }] of evaluatePart(part, results)) verdicts.set(id, verdict);
  }
  return verdicts;
}

async function verdictsAlone(asked: readonly SweepCheck[]): Promise<Map<string, string>> {
  const verdicts = new Map<string, string>();
  for (const { id, action, expectations } of asked) {
    const results = await Promise.all(action.operations.map(runOperation));
    const answers = action.operations.map(({ parameters }, index) => ({
      expectation: expectations[index] ?? 'found',
      parameters,
      result: results[index],
    }));
    verdicts.set(id, verdictOf(answers));
  }
  return verdicts;
}

function verdictsIn(judged: ReturnType<typeof evaluatePart>): Record<string, string> {
  return Object.fromEntries([...judged].map(([id, { verdict }]) => [id, verdict]));
}

function checkOf(id: string, operations: Operation[], expectations: Expectation[]): SweepCheck {
  const text = JSON.stringify({ name: id, operations });
  return { ...parseCheck(text), id, expectations };
}

function searchOperation(searches: Record<string, object>): Operation {
  return { module: 'file', parameters: { searches } };
}

describe('the checks for Debian 12', () => {
  test('travel as an action of one operation for each thing that an agent may lack', () => {
    const parts = planSweep(checks);
    expect(parts.map(({ operations }) => needsOf(operations).map(({ name }) => name))).toEqual([
      ['file'],
      ['file', 'file-attributes', 'file-maxtime'],
      ['pkg'],
    ]);
    expect(parts.map(({ operations }) => operations.length)).toEqual([1, 1, 1]);
  });

  test('give the same verdicts on this machine, each alone and all together', async () => {
    const [together, alone] = [await verdictsTogether(checks), await verdictsAlone(checks)];
    expect(together.size).toBe(checks.length);
    const differing = checks.filter(({ id }) => alone.get(id) !== together.get(id));
    // Other programs change this machine meanwhile, /tmp above all: what differs once is asked again, both ways.
    expect(await verdictsTogether(differing)).toEqual(await verdictsAlone(differing));
  }, 400_000);
});

test('operations that were compressed count as those of the plan, others do not', () => {
  const [part] = planSweep(checks);
  const { operations } = defined(part);
  const signed = compressOperations(operations);
  expect(Buffer.byteLength(JSON.stringify(signed))).toBeLessThan(30_000);
  requireSameOperations(signed, operations);
  const other = compressOperations([...operations, ...operations]);
  expect(() => requireSameOperations(other, operations)).toThrow('not those of the checks');
});

test('an error counts for the checks whose search or path it names, and otherwise for all', () => {
  const absent = (id: string, path: string) =>
    checkOf(id, [searchOperation({ s: { paths: [path], names: ['x'] } })], ['absent']);
  const [part] = planSweep([absent('a', '/a'), absent('b', '/b')]);
  const verdicts = (errors: string[]) => {
    const elements = { '1.s': [], '2.s': [] };
    const result = { foundanything: false, success: true, elements, statistics: null, errors };
    return verdictsIn(evaluatePart(defined(part), [result]));
  };
  expect(verdicts([])).toEqual({ a: 'pass', b: 'pass' });
  expect(verdicts(['open /a/x: permission denied'])).toEqual({ a: 'unknown', b: 'pass' });
  expect(verdicts([`search '2.s' ended at its limit`])).toEqual({ a: 'pass', b: 'unknown' });
  expect(verdicts(['out of memory'])).toEqual({ a: 'unknown', b: 'unknown' });
  expect(verdicts(['lstat /a: no such file or directory'])).toEqual({ a: 'pass', b: 'pass' });
});

test('a missing or failed result is an error of its checks alone', () => {
  const netstat = (id: string, ip: string) =>
    checkOf(id, [{ module: 'netstat', parameters: { localip: [ip] } }], ['found']);
  const [part] = planSweep([netstat('missing', '127.0.0.1'), netstat('other', '127.0.0.2')]);
  const good = { foundanything: true, success: true, elements: null, statistics: null, errors: null };
  expect(verdictsIn(evaluatePart(defined(part), [undefined, good]))).toEqual({
    missing: 'error',
    other: 'pass',
  });
});

test.each([
  ['^(avahi-daemon)(:|$)', 'avahi-daemon', true],
  ['^(avahi-daemon)(:|$)', 'avahi-daemon:amd64', true],
  ['^(avahi-daemon)(:|$)', 'avahi-daemon-extra', false],
  ['^(a|b\\.c)(:|$)', 'b.c', true],
  ['^(a|b\\.c)(:|$)', 'bxc', false],
  ['^ssh$', 'ssh', true],
  ['^ssh$', 'ssh:amd64', false],
])('the pattern %s on the package %s: %s', (pattern, name, expected) => {
  expect(matchesPackage(pattern, name)).toBe(expected);
  expect(new RegExp(pattern).test(name)).toBe(expected);
});

describe('a plan for agents that lack different things', () => {
  const kinds: readonly Operation[] = [
    searchOperation({ s: { paths: ['/a'] } }),
    searchOperation({ s: { paths: ['/a'], owners: ['root'] } }),
    searchOperation({ s: { paths: ['/a'], options: { maxtime: '3s' } } }),
    { module: 'netstat', parameters: { localip: ['127.0.0.1'] } },
    { module: 'pkg', parameters: { name: ['a'] } },
    { module: 'scribe', parameters: {} },
    { module: 'timedrift', parameters: {} },
    { module: 'ping', parameters: {} },
    { module: 'example', parameters: {} },
    { module: 'yara', parameters: {} },
    { module: 'memory', parameters: {} },
  ];
  const operations = fc.subarray([...kinds], { minLength: 1, maxLength: 3 });
  const kindOf = (asked: readonly Operation[]) => {
    const needs = needsOf(asked);
    const modules = needs.flatMap(({ kind, name }) => (kind === 'module' ? name : []));
    return `${modules.sort()} ${needs.length > modules.length}`;
  };

  test('asks no check beside one that needs something else, while there are few kinds', () => {
    fc.assert(
      fc.property(fc.array(operations, { minLength: 1, maxLength: 40 }), (given) => {
        const all = given.map((asked, index) =>
          checkOf(
            `c${index}`,
            asked,
            asked.map(() => 'found'),
          ),
        );
        const parts = planSweep(all);
        const different = new Set(given.map((asked) => kindOf(asked)));
        expect(parts.length).toBe(Math.min(different.size, 8));
        for (const [index, part] of parts.entries()) {
          const asked = part.checks.map(({ check }) => kindOf(check.action.operations));
          if (index < 7) for (const needs of asked) expect(needs).toEqual(asked[0]);
        }
        const ids = parts.flatMap((part) => part.checks.map(({ check }) => check.id));
        expect(ids.sort()).toEqual(all.map(({ id }) => id).sort());
      }),
    );
  });

  test('is the one that was signed, also when all checks were asked together then', () => {
    const file = new URL('../../../fixtures/sweep-signed-together.json', import.meta.url);
    const { document, operations: signed } = JSON.parse(readFileSync(file, 'utf8'));
    const { checks: asked } = parseSweep(document);
    expect(planSweep(asked).length).toBeGreaterThan(1);
    const [part, ...others] = planOfSigned(asked, signed);
    expect(others).toEqual([]);
    requireSameOperations(parseOperations(signed[0]), defined(part).operations);
    for (const other of [[], ['{'], ['[]'], signableOperations(asked), [...signed, ...signed]]) {
      expect(planOfSigned(asked, other)).toEqual(planSweep(asked));
    }
  });
});

test('every check keeps all its operations in one action, whatever the sizes', () => {
  const path = fc.string({ minLength: 1, maxLength: 3_000 }).map((text) => `/${text}`);
  const labels = fc.dictionary(fc.string({ minLength: 1, maxLength: 64 }), path, { minKeys: 1, maxKeys: 4 });
  const operation = fc.oneof(
    labels.map((searches) =>
      searchOperation(
        Object.fromEntries(Object.entries(searches).map(([label, one]) => [label, { paths: [one] }])),
      ),
    ),
    fc.constant({ module: 'example', parameters: { gethostname: true } }),
  );
  const generated = fc.array(fc.array(operation, { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(generated, (given) => {
      const all = given.map((operations, index) =>
        checkOf(
          `c${index}`,
          operations,
          operations.map(() => 'found'),
        ),
      );
      const parts = planSweep(all);
      expect(parts.flatMap((part) => part.checks.map(({ check }) => check.id)).sort()).toEqual(
        all.map(({ id }) => id).sort(),
      );
      for (const { operations, checks: placed } of parts) {
        for (const { check, pieces } of placed) {
          expect(pieces).toHaveLength(check.action.operations.length);
          for (const { operation: index } of pieces) expect(operations[index]).toBeDefined();
        }
      }
    }),
    { numRuns: 100 },
  );
});
