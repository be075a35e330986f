import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModuleResult } from '../../../contract/module-result.ts';
import { linesOfShell } from '../programs.ts';
import type { Judge, ModuleQuestions, Question } from '../question.ts';

const NAME = 'mig-judged-memory';
/** The needle is in the memory of the planted process, and on no command line. */
const NEEDLE = 'planted needle of a judge';
const HEX = Buffer.from(NEEDLE).toString('hex');

interface Match {
  process: { name: string; pid: number };
}

export const memoryQuestions: ModuleQuestions = {
  module: 'memory',
  async open(resources) {
    const folder = mkdtempSync(join(tmpdir(), 'mig-judges-'));
    resources.defer(() => rmSync(folder, { recursive: true, force: true }));
    const executable = join(folder, NAME);
    copyFileSync('/bin/bash', executable);
    const script =
      'read -r kept; for i in 1 2 3 4 5 6 7 8; do kept="$kept$kept"; done; echo ready; read -r end; echo "$kept"';
    const subject = spawn(executable, ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    resources.defer(() => stop(subject));
    subject.stdin.write(`${NEEDLE}\n`);
    await once(subject.stdout, 'data');
    return [...ofEveryProcess(), ...ofSubject(String(subject.pid))];
  },
};

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
}

function ofEveryProcess(): Question[] {
  return [
    {
      what: 'the name of the executable',
      parameters: search({ names: [`/${NAME}$`] }),
      judges: [
        pids('find', () =>
          linesOfShell(`find /proc/[0-9]*/exe -maxdepth 0 -lname '*/${NAME}'`).flatMap(pidOfPath),
        ),
      ],
      mig: { facts: pidLines },
    },
    {
      what: 'a mapped library',
      parameters: search({ libraries: ['/libc\\.so\\.6$'] }),
      judges: [
        pids('grep', () => linesOfShell("grep -l '/libc\\.so\\.6$' /proc/[0-9]*/maps").flatMap(pidOfPath)),
      ],
      mig: { facts: pidLines },
    },
  ];
}

function ofSubject(pid: string): Question[] {
  const about = (what: string, text: string, fields: object): Question => ({
    what,
    parameters: search({ names: [`/${NAME}$`], ...fields }),
    judges: [pids('dd', () => (memoryHas(pid, text) ? [pid] : []))],
    mig: { facts: pidLines },
  });
  return [
    about('a byte string', NEEDLE, { bytes: [HEX] }),
    about('a pattern', NEEDLE, { contents: ['planted ne+dle of a (judge|jury)'] }),
    about('a string that is longer than half a window', NEEDLE.repeat(100), {
      bytes: [HEX.repeat(100)],
    }),
    about('a string that is not there', `${NEEDLE}!`, { bytes: [`${HEX}21`] }),
    about('a pattern that is not there', `${NEEDLE}!`, { contents: ['needle of a judge!'] }),
    about('several checks', NEEDLE, { bytes: [HEX], libraries: ['libc'], contents: ['planted'] }),
    { what: 'a wrong byte string', parameters: search({ bytes: ['0xff'] }) },
    { what: 'a pattern that does not compile', parameters: search({ contents: ['('] }) },
  ];
}

function search(fields: object) {
  return { searches: { s1: { options: { matchall: true }, ...fields } } };
}

/** Reads each readable mapping with dd, and looks for the text with grep. */
function memoryHas(pid: string, text: string): boolean {
  const script = `
    while read -r range rights offset device inode path; do
      case "$rights $path" in r*vvar*|r*vsyscall*) continue;; r*) ;; *) continue;; esac
      start=$((0x\${range%-*})) end=$((0x\${range#*-}))
      dd if=/proc/$1/mem bs=65536 iflag=skip_bytes,count_bytes skip=$start count=$((end - start)) 2>/dev/null |
        grep -qaF "$2" && { echo found; break; }
    done < /proc/$1/maps`;
  return linesOfShell(script, pid, text).includes('found');
}

function pids(program: string, theirs: () => readonly string[]): Judge {
  return { program, theirs, ours: pidLines };
}

function pidLines(result: ModuleResult): string[] {
  if (!result.success) return (result.errors ?? []).map((error) => `error ${error}`);
  const matches = ((result.elements ?? {}) as Record<string, Match[]>).s1 ?? [];
  return matches.flatMap(({ process: { pid } }) => (pid === 0 ? [] : String(pid)));
}

function pidOfPath(path: string): string[] {
  return /^\/proc\/(\d+)\//.exec(path)?.slice(1) ?? [];
}
