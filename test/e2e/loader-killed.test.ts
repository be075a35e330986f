import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAgent } from '../setup/agent-process.ts';
import {
  type Files,
  type LoaderEndpoint,
  nextSecond,
  openLoaderEndpoint,
  publish,
  standInAgent,
} from '../setup/loader-endpoint.ts';
import { type LoaderRig, openLoaderRig } from '../setup/loaders.ts';

// The loader runs on Node, where a part that is loaded before it ends it at any call that changes the disk.

const MAX_CALLS = 300;
/** The first files are replaced after about this many. */
const CALLS_OF_STAGING = 20;
/** Each test runs the loader more than a hundred times. */
const timeout = 1_800_000;

let rig: LoaderRig;
let programs: string;

beforeAll(async () => {
  rig = await openLoaderRig();
  const { slot } = rig.platform;
  programs = join(slot.services.home, slot.name, 'programs');
  const root = join(import.meta.dirname, '..', '..');
  await build({
    entryPoints: {
      main: join(root, 'agent', 'main.ts'),
      'kill-at-call': join(root, 'test', 'setup', 'kill-at-call.ts'),
    },
    outdir: programs,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    banner: {
      js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
    },
  });
});
afterAll(() => rig?.platform[Symbol.asyncDispose]());

const run = ({ config }: LoaderEndpoint, killAt: number) =>
  runAgent(
    process.execPath,
    [
      '--import',
      join(programs, 'kill-at-call.mjs'),
      join(programs, 'main.mjs'),
      'loader',
      '-q',
      '-f',
      config,
    ],
    { env: { MIG_KILL_AT: String(killAt) } },
  );
const NEVER = 0;

const PLACES = {
  'mig-agent': 'sbin/mig-agent',
  agentkey: 'etc/mig/agent.key',
  cacert: 'etc/mig/ca.crt',
} as const;
type Name = keyof typeof PLACES;
const installed = ({ read }: LoaderEndpoint) =>
  Object.fromEntries(Object.entries(PLACES).map(([name, path]) => [name, read(path)]));

/** An endpoint with version 1, and a manifest of version 2, which has one file more. */
async function openBetween({ starts }: { starts: boolean }) {
  const endpoint = await openLoaderEndpoint(rig, { settings: ['startwait = "400ms"'] });
  const before: Files = { 'mig-agent': standInAgent('1', endpoint), agentkey: 'KEY 1' };
  const after: Files = {
    'mig-agent': standInAgent('2', { ...endpoint, starts }),
    agentkey: 'KEY 2',
    cacert: 'CA 2',
  };
  await publish(rig, endpoint, before);
  expect(await run(endpoint, NEVER)).toMatchObject({ code: 0, stderr: '' });
  await nextSecond();
  await publish(rig, endpoint, after);
  const template = `${endpoint.root}.template`;
  cpSync(endpoint.root, template, { recursive: true, preserveTimestamps: true });
  return {
    endpoint,
    before,
    after,
    /** Puts the endpoint back to version 1. */
    reset() {
      rmSync(endpoint.root, { recursive: true });
      mkdirSync(endpoint.root);
      cpSync(template, endpoint.root, { recursive: true });
    },
  };
}

/** Every file is an old one or a new one, whole. A file that is new with version 2 may be missing. */
function expectWhole(endpoint: LoaderEndpoint, { before, after }: { before: Files; after: Files }): void {
  for (const name of Object.keys(PLACES) as Name[]) {
    expect([before[name], after[name]], name).toContain(endpoint.read(PLACES[name]));
  }
}

describe('a loader that is killed at any call that changes the disk', () => {
  test('leaves whole files, and the next run installs everything and restarts the agent', {
    timeout,
  }, async () => {
    const { endpoint, before, after, reset } = await openBetween({ starts: true });
    let calls = 0;
    while (calls < MAX_CALLS) {
      calls++;
      reset();
      const killed = await run(endpoint, calls);
      expectWhole(endpoint, { before, after });
      if (killed.code === 0) break;
      expect(killed.code, `killed at call ${calls}: ${killed.stderr}`).toBeNull();
      const next = await run(endpoint, NEVER);
      expect(next.code, `after a kill at call ${calls}: ${next.stderr}`).toBe(0);
      expect(installed(endpoint), `after a kill at call ${calls}`).toEqual(after);
      expect(endpoint.leftovers(), `after a kill at call ${calls}`).toEqual([]);
      expect(endpoint.asked().at(-1)).toBe('2: -q pid');
      expect(endpoint.asked()).toContain('2: install');
    }
    // Staging, the state, three replacements and the end of it take as many at least.
    expect(calls).toBeGreaterThan(40);
    expect(calls).toBeLessThan(MAX_CALLS);
  });

  test('leaves whole files, and the next runs bring the old ones back when the agent does not start', {
    timeout,
  }, async () => {
    const { endpoint, before, after, reset } = await openBetween({ starts: false });
    const old = { ...before, cacert: undefined };
    let calls = CALLS_OF_STAGING;
    while (calls < MAX_CALLS) {
      calls++;
      reset();
      const killed = await run(endpoint, calls);
      expectWhole(endpoint, { before, after });
      if (killed.code === 6) break;
      expect(killed.code, `killed at call ${calls}: ${killed.stderr}`).toBeNull();
      if (calls === CALLS_OF_STAGING + 1) expect(installed(endpoint)).toEqual(old);
      const next = await run(endpoint, NEVER);
      expect([3, 6], `after a kill at call ${calls}: ${next.stderr}`).toContain(next.code);
      expect(installed(endpoint), `after a kill at call ${calls}`).toEqual(old);
      const last = await run(endpoint, NEVER);
      expect(last.code, `after a kill at call ${calls}: ${last.stderr}`).toBe(3);
      expect(endpoint.leftovers(), `after a kill at call ${calls}`).toEqual([]);
      expect(endpoint.asked().at(-1)).toBe('1: -q pid');
    }
    expect(calls).toBeGreaterThan(40);
    expect(calls).toBeLessThan(MAX_CALLS);
    expect(existsSync(endpoint.path('etc/mig/ca.crt'))).toBe(false);
  });
});
