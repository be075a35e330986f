import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createJobList, type JobList } from '../../../../../cli/runner/jobs/job-list.ts';

const ACTION =
  '{"target": "true", "operations": [{"module": "netstat", "parameters": {"localip": ["127.0.0.1"]}}]}';
let root: string;
let list: JobList;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mig-runner-list-'));
  mkdirSync(join(root, 'runners'));
  list = createJobList({ runnersFolder: join(root, 'runners'), pluginsFolder: join(root, 'plugins') });
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (name: string, schedule: string) => {
  mkdirSync(join(root, 'runners', name), { recursive: true });
  writeFileSync(join(root, 'runners', name, 'entity.cfg'), `[configuration]\nschedule = "${schedule}"\n`);
  writeFileSync(join(root, 'runners', name, 'action.json'), ACTION);
};
const scan = () => {
  const { added, changed, removed, refused } = list.scan(Date.now());
  const names = (jobs: { name: string }[]) => jobs.map(({ name }) => name);
  return { added: names(added), changed: names(changed), removed, refused: names(refused) };
};
const NOTHING = { added: [], changed: [], removed: [], refused: [] };

test('jobs are added, changed and removed with their folders', () => {
  write('one', '@daily');
  write('two', '@daily');
  writeFileSync(join(root, 'runners', 'README'), 'no job');
  expect(scan()).toEqual({ ...NOTHING, added: ['one', 'two'] });
  expect(scan()).toEqual(NOTHING);
  write('one', '0 6 * * *');
  expect(scan()).toEqual({ ...NOTHING, changed: ['one'] });
  rmSync(join(root, 'runners', 'two'), { recursive: true });
  expect(scan()).toEqual({ ...NOTHING, removed: ['two'] });
});

test('a half-written job stops alone, is reported once, and returns when it is whole', () => {
  write('one', '@daily');
  write('two', '@daily');
  scan();
  writeFileSync(join(root, 'runners', 'one', 'action.json'), ACTION.slice(0, 30));
  expect(scan()).toEqual({ ...NOTHING, refused: ['one'] });
  expect(scan()).toEqual(NOTHING);
  writeFileSync(join(root, 'runners', 'one', 'action.json'), ACTION);
  expect(scan()).toEqual({ ...NOTHING, added: ['one'] });
});

test('a folder of jobs that is gone is an error, and no end of all jobs', () => {
  write('one', '@daily');
  scan();
  rmSync(join(root, 'runners'), { recursive: true });
  expect(() => scan()).toThrow('there is no such file');
});
