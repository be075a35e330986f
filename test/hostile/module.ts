import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { goObject } from '../../contract/fields.ts';
import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { definePersistent } from '../../modules/define-persistent.ts';
import { defineQuery } from '../../modules/define-query.ts';
import { option, readOptions } from '../../modules/option.ts';
import { registerModule } from '../../modules/registry.ts';

/**
 * Compiled only into the executable of the hostile tests: a module that acts like a broken or compromised one, a clock
 * that follows a file, and failures on demand.
 */
const clockFile = process.env.MIG_TEST_CLOCK_FILE;
if (clockFile !== undefined) {
  const real = Date.now;
  Date.now = () => real() + Number(readFileSync(clockFile, 'utf8'));
}

const crashFile = process.env.MIG_TEST_CRASH_FILE;
if (crashFile !== undefined) {
  setInterval(() => {
    if (!existsSync(crashFile)) return;
    rmSync(crashFile);
    throw new Error('crashed by a test');
  }, 50).unref();
}

/** A program that ignores SIGTERM, in a session of its own, with an innocent parent. */
const HIDDEN = `trap '' TERM; (setsid sh -c 'trap "" TERM; while :; do sleep 1; done' "$0" &) ; while :; do sleep 1; done`;

const BOMB = 'b() { [ "$1" -ge 10 ] && { sleep 20; return; }; b $(($1 + 1)) | b $(($1 + 1)); }; b 0';

const BEHAVIOURS: Record<string, (parameters: Parameters) => Promise<void> | void> = {
  sleep: ({ ms = 2000 }) => new Promise((resolve) => setTimeout(resolve, ms)),
  /** Ends when the expected number of modules have written to the folder. */
  meet: async ({ folder = '', guests = 0 }) => {
    writeFileSync(`${folder}/${process.pid}`, '');
    while (readdirSync(folder).length < guests) await new Promise((resolve) => setTimeout(resolve, 20));
  },
  /** Spins on every processor that it can get. */
  spin: ({ processes = 1, token = '' }) => {
    for (let i = 0; i < processes; i++)
      spawn('sh', ['-c', 'while :; do :; done', token], { stdio: 'ignore' });
    return new Promise(() => setInterval(() => {}, 1000));
  },
  crash: () => {
    process.stderr.write('these are my last words\n');
    process.exit(3);
  },
  allocate: async () => {
    const hoard: Buffer[] = [];
    for (;;) {
      hoard.push(Buffer.alloc(8 * 1024 * 1024, 1));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  },
  write: async () => {
    const line = 'x'.repeat(65_536);
    for (;;)
      if (!process.stdout.write(line)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  },
  complain: async () => {
    const line = 'y'.repeat(65_536);
    for (;;)
      if (!process.stderr.write(line)) await new Promise((resolve) => process.stderr.once('drain', resolve));
  },
  hide: ({ token = '' }) => {
    process.on('SIGTERM', () => {});
    spawn('sh', ['-c', HIDDEN, token], { stdio: 'inherit', detached: true });
    return new Promise(() => setInterval(() => {}, 1000));
  },
  /** Leaves a process behind and succeeds. */
  abandon: ({ token = '' }) => {
    spawn('setsid', ['sh', '-c', 'while :; do sleep 1; done', token], {
      stdio: 'inherit',
      detached: true,
    }).unref();
  },
  /** Doubles ten times and then stops, so that a failing test does not bring down its machine. */
  bomb: ({ token = '' }) => {
    spawn('sh', ['-c', BOMB, token], { stdio: 'ignore' });
    return new Promise(() => setInterval(() => {}, 1000));
  },
};

interface Parameters {
  behaviour?: string;
  ms?: number;
  processes?: number;
  folder?: string;
  guests?: number;
  /** Becomes part of command lines, so that a test finds processes that are left. */
  token?: string;
}

registerModule('hostile', {
  failed: (error) => ({ ...EMPTY_RESULT, errors: [error] }),
  async run(given) {
    const parameters = given as Parameters;
    await BEHAVIOURS[parameters.behaviour ?? 'sleep']?.(parameters);
    return { ...EMPTY_RESULT, foundanything: true, success: true };
  },
});

const raw = (text: string) => process.stdout.write(text);

/** What a broken or compromised persistent module may do. */
const PERSISTENT_BEHAVIOURS: Record<string, () => Promise<void> | void> = {
  dance: () => void raw('{"class":"dance"}\n'),
  mumble: () => void raw('this is no message\n'),
  'steal-socket': () =>
    void raw('{"class":"register","parameters":{"sockpath":"unix:/var/run/other.sock"}}\n'),
  'endless-line': () => void raw('x'.repeat(300 * 1024)),
  crash: () => process.exit(3),
  allocate: () => BEHAVIOURS.allocate?.({}),
  flood: () => {
    for (let i = 0; i < 3000; i++) raw(`{"class":"log","parameters":{"message":"flood ${i}"}}\n`);
  },
  alert: () => void raw('{"class":"alert","parameters":{"message":"an alert of a test"}}\n'),
  'late-alert': () =>
    void setTimeout(() => raw('{"class":"alert","parameters":{"message":"an alert of a test"}}\n'), 3_000),
};

const HostileConfig = goObject({
  hostile: goObject({
    behaviour: z.string().default('').register(option, { text: 'what it does' }),
  }).prefault({}),
});

registerModule('hostilepersist', defineQuery({ parameters: z.unknown() }), {
  settings: readOptions(HostileConfig),
  load: async () =>
    definePersistent({
      config: HostileConfig,
      answer: (parameters) => ({
        ...EMPTY_RESULT,
        success: true,
        elements: { pid: process.pid, parameters },
      }),
      async start({ hostile: { behaviour } }) {
        await PERSISTENT_BEHAVIOURS[behaviour]?.();
        return {};
      },
    }),
});
