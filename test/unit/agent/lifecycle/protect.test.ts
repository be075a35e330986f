import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { guardFolders } from '../../../../agent/lifecycle/folder-guard.ts';
import { openLogFile } from '../../../../agent/lifecycle/log-file.ts';
import { guardedPaths, warnOfReadableSecrets } from '../../../../agent/lifecycle/protect.ts';
import type { Logger } from '../../../../platform/log.ts';

let root: string;
let etc: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mig-protect-'));
  etc = join(root, 'etc');
  mkdirSync(join(etc, 'agentkeys'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Guards all paths but the executable, which does not belong to the test. */
function guard({ areFilesTrusted = true, log }: { areFilesTrusted?: boolean; log?: string } = {}): void {
  const paths = guardedPaths(
    {
      file: join(etc, 'mig-agent.cfg'),
      runDir: join(root, 'run'),
      stateDir: join(root, 'state'),
      certificateFiles: [join(etc, 'ca.crt')],
      logFile: log === undefined ? undefined : { path: log, maxBytes: 4096 },
    },
    { areFilesTrusted },
  );
  const files = paths.files.filter((path) => path.startsWith(root));
  guardFolders({ ...paths, files }, process.geteuid?.());
}

function refusalOf(path: string) {
  const message = expect.stringMatching(new RegExp(`${path} (can be written|is no|has a second).*, or: \\S`));
  return expect.objectContaining({ code: 'folder_writable', message });
}

describe('an agent that runs as root refuses', () => {
  test('a folder of keys that everybody can write to, even with the sticky bit', () => {
    guard();
    chmodSync(join(etc, 'agentkeys'), 0o1777);
    expect(() => guard()).toThrow(refusalOf(join(etc, 'agentkeys')));
    guard({ areFilesTrusted: false });
  });

  test.each(['agentkeys/someone.asc', 'acl.cfg', 'ca.crt'])('%s that others can write', (name) => {
    const path = join(etc, name);
    writeFileSync(path, '');
    guard();
    chmodSync(path, 0o666);
    expect(() => guard()).toThrow(refusalOf(path));
  });

  test('a log in a folder that everybody can write to, but not one that only a group can replace', () => {
    const folder = join(root, 'log');
    mkdirSync(folder);
    chmodSync(folder, 0o775);
    guard({ log: join(folder, 'mig-agent.log') });
    for (const mode of [0o777, 0o1777]) {
      chmodSync(folder, mode);
      expect(() => guard({ log: join(folder, 'mig-agent.log') })).toThrow(refusalOf(folder));
    }
  });

  test('a log that is a link, has two names or can be written by others', () => {
    const log = join(root, 'mig-agent.log');
    writeFileSync(join(root, 'other'), '');
    symlinkSync(join(root, 'other'), log);
    expect(() => guard({ log })).toThrow(refusalOf(log));
    rmSync(log);
    linkSync(join(root, 'other'), log);
    expect(() => guard({ log })).toThrow(refusalOf(log));
    rmSync(log);
    writeFileSync(log, '');
    guard({ log });
    chmodSync(log, 0o666);
    expect(() => guard({ log })).toThrow(refusalOf(log));
  });
});

describe('the log', () => {
  test('is appended to, and renamed when it is full', () => {
    const path = join(root, 'mig-agent.log');
    const log = openLogFile({ path, maxBytes: 10 });
    for (const line of ['first\n', 'second\n', 'third\n']) log.write(line);
    expect(readFileSync(path, 'utf8')).toBe('third\n');
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('second\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test.each(['link', 'dangling link', 'second name'])(
    'is not written through a %s that appears later',
    (kind) => {
      const path = join(root, 'mig-agent.log');
      const victim = join(root, 'victim');
      if (kind !== 'dangling link') writeFileSync(victim, 'precious');
      const log = openLogFile({ path, maxBytes: 1000 });
      log.write('first\n');
      rmSync(path);
      if (kind === 'second name') linkSync(victim, path);
      else symlinkSync(victim, path);
      log.write('second\n');
      if (kind === 'dangling link') expect(existsSync(victim)).toBe(false);
      else expect(readFileSync(victim, 'utf8')).toBe('precious');
    },
  );
});

test('a secret file that other users can read is logged with a remedy', () => {
  const warnings: unknown[] = [];
  const log = { warn: (facts: unknown) => warnings.push(facts) } as unknown as Logger;
  const [open, closed] = [join(etc, 'mig-agent.cfg'), join(etc, 'agent.key')];
  writeFileSync(open, '', { mode: 0o644 });
  writeFileSync(closed, '', { mode: 0o600 });
  warnOfReadableSecrets([open, closed, join(etc, 'missing')], log);
  expect(warnings).toEqual([{ file: open, remedy: `chmod 600 '${open}'` }]);
});
