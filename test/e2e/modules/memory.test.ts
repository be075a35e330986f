import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { runModule } from '../../setup/module-process.ts';

const agent = inject('agentExecutable');
const NOBODY = 65_534;

interface Match {
  process: { name: string; pid: number };
}
interface Statistics {
  processcount: number;
  failures?: string[];
}

/** Its command line does not contain the needle. Many copies of it lie across the borders of pages. */
const SUBJECT = `
  const needle = Buffer.from([...'vtmrhqbcnivxqtgfneh'].map((char) => char.charCodeAt(0) ^ 3));
  const memory = Buffer.alloc(3_000_000);
  for (let at = 0; at < 2_900_000; at += 4093) needle.copy(memory, at);
  globalThis.untouched = new ArrayBuffer(2 ** 31);
  globalThis.memory = memory;
  console.log('ready');
  setInterval(() => globalThis.memory[0], 1000);
`;
const NEEDLE = [...'vtmrhqbcnivxqtgfneh'].map((char) => String.fromCharCode(char.charCodeAt(0) ^ 3)).join('');
const HEX = Buffer.from(NEEDLE).toString('hex');
/** Matches the needle, and not itself. */
const PATTERN = `${NEEDLE.slice(0, 9)}[${NEEDLE[9]}]${NEEDLE.slice(10)}`;

const folder = mkdtempSync(join(tmpdir(), 'mig-memory-'));
/** No other process has this name: the memory of all others is not searched. */
const names = ['/mig-memory-subject$'];
let subject: ChildProcess;
const pid = () => subject.pid as number;

beforeAll(async () => {
  const executable = join(folder, 'mig-memory-subject');
  copyFileSync(process.execPath, executable);
  subject = spawn(executable, ['-e', SUBJECT], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (subject.stdout) await once(subject.stdout, 'data');
});
afterAll(() => {
  subject.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Searches the memory, and returns the pids of the matches of `s1` with the result. */
async function search(
  fields: Record<string, unknown>,
  options: Partial<Parameters<typeof runModule>[2]> = {},
) {
  const result = await runModule('memory', { searches: { s1: fields } }, { agent, ...options });
  const matches = ((result.elements as Record<string, Match[]>).s1 ?? []).filter(
    ({ process }) => process.pid,
  );
  return {
    result,
    pids: matches.map(({ process }) => process.pid),
    statistics: result.statistics as Statistics,
  };
}

test('a process is found by its name, a library, bytes and a text together', async () => {
  const { pids, result } = await search({
    names,
    libraries: ['libc[.-]'],
    bytes: [HEX],
    contents: [PATTERN, `(?i)${PATTERN}`],
    options: { matchall: true },
  });
  expect(pids).toEqual([pid()]);
  expect(result).toMatchObject({ foundanything: true, success: true });
});

test('what a process does not have in its memory is not found', async () => {
  const { pids } = await search({ names, bytes: [`${HEX}00ffee01`], options: { matchall: true } });
  expect(pids).toEqual([]);
});

test('a search does not find itself, but for programs of MIG', async () => {
  const fields = { bytes: [HEX], names: ['/mig-agent$'], options: { matchall: true } };
  expect((await search(fields)).pids).toEqual([]);
  expect((await search(fields, { terms: null })).pids.length).toBeGreaterThan(0);
});

test('memory that was never touched is not allocated by a search', async () => {
  const before = pageTableKilobytes(pid());
  const { pids } = await search({ names, bytes: [`${HEX}00ffee01`], options: { matchall: true } });
  expect(pids).toEqual([]);
  // Reading 2 GB would take 4 MB of tables.
  expect(pageTableKilobytes(pid()) - before).toBeLessThan(1024);
});

test('a process of another user is a failure, and an error says how many there are', async () => {
  const { result, statistics } = await search({ names: ['.'] }, { uid: NOBODY });
  expect(statistics.failures).toContain(`Permission denied to access memory of process ${pid()}`);
  expect(result.errors?.[0]).toMatch(/^the system denied access to the memory of \d+ of \d+ processes/);
});

test('a search that takes too long ends in time, and an error names where', async () => {
  const startedMs = performance.now();
  const { result } = await search(
    { contents: ['(?i)[a-z]{90}[0-9]{90}x'] },
    { terms: { timeoutms: 3000, maxbytes: 1_000_000 } },
  );
  expect(performance.now() - startedMs).toBeLessThan(3000);
  expect(result.success).toBe(true);
  expect(result.limits?.[0]).toMatch(/^the search was ended after [\d.]+ s, before its time was over, /);
  expect(result.errors).toEqual(expect.arrayContaining(result.limits ?? []));
});

test('a result stays within its bytes, and says what is missing', async () => {
  const { result } = await search(
    { names: Array.from({ length: 50 }, (_, i) => `.{${i}}`) },
    { terms: { timeoutms: 60_000, maxbytes: 20_000 } },
  );
  expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(20_000);
  expect(result.limits?.[0]).toMatch(/matches in search 's1' were not returned/);
});

function pageTableKilobytes(process: number): number {
  const status = readFileSync(`/proc/${process}/status`, 'utf8');
  return Number(/^VmPTE:\s+(\d+) kB$/m.exec(status)?.[1]);
}
