import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { loadJob } from '../../../../../cli/runner/jobs/load-job.ts';
import { errorCode } from '../../../../../contract/errors.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-runner-job-'));
afterAll(() => rmSync(root, { recursive: true }));
const folder = join(root, 'daily');
const pluginsFolder = join(root, 'plugins');
mkdirSync(folder);
mkdirSync(pluginsFolder);
writeFileSync(join(pluginsFolder, 'good'), '#!/bin/sh\n');
chmodSync(join(pluginsFolder, 'good'), 0o755);
writeFileSync(join(pluginsFolder, 'plain'), 'text');
mkdirSync(join(pluginsFolder, 'folder'));

const ACTION = JSON.stringify({
  target: "status='online'",
  operations: [{ module: 'netstat', parameters: { localip: ['127.0.0.1'] } }],
});
const load = (entity: string, action = ACTION) => {
  writeFileSync(join(folder, 'entity.cfg'), entity);
  writeFileSync(join(folder, 'action.json'), action);
  return loadJob({ name: 'daily', folder }, { pluginsFolder, nowMs: Date.now() });
};
const scheduled = (more: string) => `[configuration]\nschedule = "@daily"\n${more}\n`;

test('reads a job of MIG, with its defaults', () => {
  expect(load('[configuration]\n  schedule = "0 6 * * *"\n')).toMatchObject({
    name: 'daily',
    schedule: { text: '0 6 * * *' },
    plugin: '',
    expiry: '5m',
    isSendOnly: false,
    pluginTimeoutMs: 1_800_000,
  });
  expect(load(scheduled('plugin = good\nexpiry = 10m\nsendonly = true\nplugintimeout = 2h'))).toMatchObject({
    plugin: 'good',
    expiry: '10m',
    isSendOnly: true,
    pluginTimeoutMs: 7_200_000,
  });
});

describe('refuses a wrong entity.cfg, naming the file and the line,', () => {
  test.each([
    ['', '/entity.cfg: [configuration] schedule is missing'],
    [
      '[configuration]\nschedu',
      '/entity.cfg line 2: [configuration] has no key schedu; did you mean schedule?',
    ],
    ['[configuration]\nschedule = "61 * * * *"', '/entity.cfg line 2: [configuration] schedule minute: "61"'],
    [
      '[configuration]\n\nschedule = "0 0 30 2 *"',
      '/entity.cfg line 3: [configuration] schedule "0 0 30 2 *" never fires',
    ],
    [scheduled('expiry = 0'), '/entity.cfg line 3: [configuration] expiry 0 is too short'],
    [scheduled('expiry = 5 minutes'), '/entity.cfg line 3: [configuration] expiry must be a duration'],
    [scheduled('sendonly = perhaps'), '/entity.cfg line 3: [configuration] sendonly must be true or false'],
    [scheduled('plugin = missing'), '/plugins/missing: cannot be read: there is no such file'],
    [scheduled('plugin = plain'), '/plugins/plain is not executable'],
    [scheduled('plugin = folder'), '/plugins/folder is no file'],
    [scheduled('plugin = ../daily/run'), 'plugin "../daily/run" is no name of a file in'],
    [scheduled('plugin = ..'), 'plugin ".." is no name of a file in'],
  ])('%j', (entity, problem) => {
    expect(() => load(entity)).toThrow(problem);
  });
});

describe('refuses a wrong action.json, naming the file,', () => {
  test.each([
    ['{"name": "x",\n "target": "true",\n "operations": [\n', 'line 3: '],
    ['{"name": "x",\n "target": }\n', 'line 2: '],
    ['garbage', 'line 1: '],
    ['', 'line 1: '],
    [ACTION.replace('}', '},\n'), 'line '],
    [ACTION.replace('target', 'traget'), 'an action has no field traget'],
    [ACTION.replace("status='online'", ''), 'action target is empty'],
    ['{"target": "true"}', 'has no operations: it asks nothing'],
    [ACTION.replace('netstat', 'netsat'), 'there is no module "netsat"'],
    [
      ACTION.replace('{"target"', '{"pgpsignatures": ["x"], "validfrom": "2026-01-01T00:00:00Z", "target"'),
      'is signed: each run gets a new validity',
    ],
    [`"${'x'.repeat(600_000)}"`, 'bytes, over 524288'],
  ])('%#', (action, problem) => {
    expect(() => load(scheduled(''), action)).toThrow(problem);
    expect(() => load(scheduled(''), action)).toThrow('daily/action.json');
  });
});

test('whatever half of a job is on the disk, it is read or refused by name', () => {
  const entity = scheduled('plugin = good\nexpiry = 10m');
  fc.assert(
    fc.property(
      fc.nat(entity.length),
      fc.nat(ACTION.length),
      fc.string({ unit: 'binary', maxLength: 10 }),
      (entityLength, actionLength, garbage) => {
        try {
          return (
            load(entity.slice(0, entityLength) + garbage, ACTION.slice(0, actionLength)).name === 'daily'
          );
        } catch (error) {
          return ['config_invalid', 'action_operations_empty', 'action_target_empty'].includes(
            errorCode(error),
          );
        }
      },
    ),
  );
});
