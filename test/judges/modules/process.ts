import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readlinkSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModuleResult } from '../../../contract/module-result.ts';
import { waitFor } from '../../../dev/wait-for.ts';
import { linesOf, linesOfShell } from '../programs.ts';
import type { Judge, ModuleQuestions, Question } from '../question.ts';

const ONLY_OURS = 'it has no such module';
const WORD = 'planted-word-of-a-judge';
const SUBJECT = `
  require('node:fs').openSync(process.argv[1], 'a');
  const server = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

interface Match {
  pid: number;
  name: string;
  user: string;
  started: string;
}

export const processQuestions: ModuleQuestions = {
  module: 'process',
  async open(resources) {
    const folder = mkdtempSync(join(tmpdir(), 'mig-judges-'));
    resources.defer(() => rmSync(folder, { recursive: true, force: true }));
    const executable = join(folder, 'mig-judged');
    copyFileSync(process.execPath, executable);
    const opened = join(folder, 'opened');
    const subject = spawn(executable, ['-e', SUBJECT, opened, WORD], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    resources.defer(() => stop(subject));
    const [line] = await once(subject.stdout, 'data');
    resources.defer(stopLater(await startDeleted(join(folder, 'mig-deleted'))));
    return questionsAbout({ executable, opened, port: Number(String(line)) });
  },
};

/** A process whose executable has no name any more. */
async function startDeleted(path: string): Promise<ChildProcess> {
  copyFileSync('/bin/sleep', path);
  const child = spawn(path, ['100000'], { stdio: 'ignore' });
  await once(child, 'spawn');
  // Until then the process runs the executable of this one.
  await waitFor('the executable', () => readlinkSync(`/proc/${child.pid}/exe`) === path);
  unlinkSync(path);
  return child;
}

const stopLater = (child: ChildProcess) => () => stop(child);

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
}

function questionsAbout({
  executable,
  opened,
  port,
}: {
  executable: string;
  opened: string;
  port: number;
}): Question[] {
  const checksum = linesOf(['sha256sum', executable])[0]?.split(' ')[0] ?? '';
  const ofLinks = (glob: string, ...test: string[]) =>
    pids('find', () => linesOfShell(`exec find ${glob} -maxdepth 0 "$@"`, ...test).flatMap(pidOfPath));
  return [
    search('every process', { names: ['.'] }, ps),
    search(
      'processes of root',
      { users: ['root'] },
      pids('pgrep', () => linesOf(['pgrep', '-u', 'root'])),
    ),
    search(
      'a word of the command line',
      { commands: [WORD] },
      pids('pgrep', () => linesOf(['pgrep', '-f', WORD])),
    ),
    search(
      'children of this process',
      { parents: [String(process.pid)] },
      pids('pgrep', () => linesOf(['pgrep', '-P', String(process.pid)])),
    ),
    search('deleted executables', { deleted: true }, ofLinks('/proc/[0-9]*/exe', '-lname', '* (deleted)')),
    search(
      'the path of the executable',
      { paths: [`^${executable}$`] },
      ofLinks('/proc/[0-9]*/exe', '-lname', executable),
    ),
    search('an open file', { files: [`^${opened}$`] }, ofLinks('/proc/[0-9]*/fd/*', '-lname', opened)),
    search(
      'a listening port',
      { sockets: [`local 127.0.0.1:${port}`] },
      pids('ss', () =>
        linesOf(['ss', '-Htlnp', `sport = :${port}`]).flatMap((line) => /pid=(\d+)/.exec(line)?.[1] ?? []),
      ),
    ),
    search(
      'the hash of the executable',
      { sha256: [checksum] },
      pids('sha256sum', () =>
        linesOfShell('sha256sum /proc/[0-9]*/exe')
          .filter((line) => line.startsWith(checksum))
          .flatMap((line) => pidOfPath(line.slice(checksum.length + 2))),
      ),
    ),
    search(
      'a name that no process has',
      { names: ['^no-such-name$'] },
      pids('pgrep', () => linesOf(['pgrep', '-x', 'no-such-name'])),
    ),
  ];
}

function search(what: string, fields: object, judge: Judge): Question {
  return {
    what,
    parameters: { searches: { s1: { options: { matchall: true }, ...fields } } },
    judges: [judge],
    mig: ONLY_OURS,
  };
}

function pids(program: string, theirs: () => readonly string[]): Judge {
  return { program, theirs, ours: (result) => matchesOf(result).map(({ pid }) => String(pid)) };
}

/** Name, user and start; the start is within a second, because both count from a boot time that is rounded. */
const ps: Judge = {
  program: 'ps',
  theirs() {
    const lines = linesOf(['ps', '-eo', 'pid=,lstart=,euser:40=,comm:40=']);
    return lines.flatMap((line) => {
      const [, pid, started = '', user, name = ''] =
        /^ *(\d+) (\w{3} \w{3} +\d+ [\d:]+ \d{4}) (\S+) +(.*?) *$/.exec(line) ?? [];
      if (pid === undefined) return [];
      return `${pid} ${user} ${name.replace(/ <defunct>$/, '')} ${seconds(Date.parse(`${started} UTC`))}`;
    });
  },
  ours: (result) =>
    matchesOf(result).map(
      ({ pid, user, name, started }) => `${pid} ${user} ${name.trimEnd()} ${seconds(Date.parse(started))}`,
    ),
  isNear(ours, theirs) {
    const [one, other] = [splitStart(ours), splitStart(theirs)];
    return one.rest === other.rest && Math.abs(one.second - other.second) <= 1;
  },
};

/** Without a second at the end of the line it is NaN, which is near nothing. */
function splitStart(line: string): { rest: string | undefined; second: number } {
  const [, rest, second] = /^(.*) (\d+)$/.exec(line) ?? [];
  return { rest, second: Number(second) };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function matchesOf({ elements }: ModuleResult): Match[] {
  return ((elements ?? {}) as Record<string, Match[]>).s1 ?? [];
}

function pidOfPath(path: string): string[] {
  return /^\/proc\/(\d+)\//.exec(path)?.slice(1) ?? [];
}
