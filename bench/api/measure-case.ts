import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { ROUTES } from '../../contract/api/all-routes.ts';
import { createDeferred } from '../../platform/async/deferred.ts';
import { pollUntil } from '../../platform/async/poll-until.ts';
import { median, round, summary } from '../measure/statistics.ts';
import { usageDuring, usageOfParts } from '../measure/usage.ts';
import type { ApiCase } from './api-case.ts';
import type { CaseRig } from './case-rig.ts';
import type { ApiLoad, ApiLoadResult } from './clients.ts';

/** An API that is measured. */
export interface ApiSide {
  name: string;
  url: string;
  /** The paths and methods that it has; undefined for all. */
  paths?: Record<string, Record<string, unknown>>;
}

interface Figures {
  perSecond: number;
  ms: { p50: number; p95: number; p99: number };
  /** How many requests these figures are of. */
  requests: number;
  /** Requests per second of each run. */
  runs: number[];
}

export interface Measured extends Figures {
  what: string;
  route: string;
  clients: number;
  mig?: number;
  timesMig?: number;
  aim?: number;
  /** The API of another checkout, and the latencies of ours, times of its own. */
  other?: Figures & { timesP50: number; timesP99: number };
  cpuSeconds: Record<string, number>;
  memoryMb: Record<string, number>;
}

export interface Meter extends AsyncDisposable {
  measure(one: ApiCase): Promise<Measured>;
}

interface MeterOptions {
  sides: ApiSide[];
  runs: number;
  /** Of one run: of a case that repeats a request, and of one with distinct requests. */
  length: { seconds: number; requests: number };
}

const CLIENTS = 8;
const TOKENS = 200;
/** Tokens are valid for ten minutes. */
const TOKENS_KEPT_MS = 240_000;
const WARM_UP_SHARE = 0.5;

export async function createMeter(rig: CaseRig, options: MeterOptions): Promise<Meter> {
  const clients = startClients();
  const tokens = createTokens(rig);
  return {
    measure: async (one) => measure(rig, one, { ...options, clients, tokens: await tokens() }),
    async [Symbol.asyncDispose]() {
      clients.stop();
    },
  };
}

type Work = MeterOptions & { clients: Clients; tokens: readonly string[] };

async function measure({ testbed: { home } }: CaseRig, one: ApiCase, work: Work): Promise<Measured> {
  const { route, what } = one;
  const sides = work.sides.filter((side) => hasRoute(side, one));
  const { outcome, cpuSeconds, memoryMb } = await usageDuring(home, {}, () =>
    runInTurn(one, { ...work, sides, home }),
  );
  const [ours, other] = outcome.map(figuresOf);
  if (ours === undefined) throw new Error(`${what}: nothing was measured`);
  const mig = 'request' in one ? one.mig : undefined;
  return {
    what,
    route,
    clients: one.clients ?? CLIENTS,
    ...ours,
    ...(mig && { mig: mig.perSecond, timesMig: round(ours.perSecond / mig.perSecond), aim: mig.aim }),
    ...(other && {
      other: {
        ...other,
        timesP50: round(ours.ms.p50 / other.ms.p50),
        timesP99: round(ours.ms.p99 / other.ms.p99),
      },
    }),
    cpuSeconds,
    memoryMb,
  };
}

function hasRoute({ paths }: ApiSide, { route }: ApiCase): boolean {
  const { path, method } = ROUTES[route];
  return paths === undefined || paths[path]?.[method.toLowerCase()] !== undefined;
}

/** Returns the runs of each side. They take turns, so that a busy moment of the machine hits each. */
async function runInTurn(one: ApiCase, work: Work & { home: string }): Promise<ApiLoadResult[][]> {
  const results = work.sides.map(() => [] as ApiLoadResult[]);
  // The first run warms up: the code is compiled while it runs.
  for (let run = 0; run <= work.runs; run++) {
    for (const [index, side] of work.sides.entries()) {
      const share = run === 0 ? WARM_UP_SHARE : 1;
      const result = await runOnce(one, { ...work, side, share });
      if (result.failures.length > 0) {
        throw new Error(`the API (${side.name}) answered ${result.failures[0]}`);
      }
      if (run > 0) results[index]?.push(result);
    }
  }
  return results;
}

async function runOnce(
  one: ApiCase,
  {
    side: { url },
    share,
    length,
    clients,
    tokens,
    home,
  }: Work & { side: ApiSide; share: number; home: string },
): Promise<ApiLoadResult> {
  const { method, answer } = ROUTES[one.route];
  const load = { url, method, status: answer.status, tokens, clients: one.clients ?? CLIENTS };
  if ('request' in one)
    return clients.run({ ...load, requests: [one.request], seconds: length.seconds * share });
  const requests = await one.prepare(Math.ceil(Math.min(length.requests, one.atMost ?? Infinity) * share));
  // What the preparation left to do is not of these requests.
  await waitForQuiet(home);
  return clients.run({ ...load, requests });
}

function figuresOf(runs: readonly ApiLoadResult[]): Figures {
  const ms = runs.flatMap((run) => run.ms);
  return {
    perSecond: median(runs.map((run) => run.perSecond)),
    ms: summary(ms),
    requests: ms.length,
    runs: runs.map((run) => run.perSecond),
  };
}

/** Two hundred tokens, which are made again before they end. */
function createTokens({ testbed: { api } }: CaseRig): () => Promise<readonly string[]> {
  let tokens: readonly string[] = [];
  let madeAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - madeAt > TOKENS_KEPT_MS) {
      tokens = await Promise.all(Array.from({ length: TOKENS }, () => api.token()));
      madeAt = performance.now();
    }
    return tokens;
  };
}

const QUIET_MS = 200;
const QUIET_CORES = 0.2;
const QUIET_TIMEOUT_MS = 15_000;

/** Waits until the platform does nearly nothing, or not much longer. */
async function waitForQuiet(home: string): Promise<void> {
  let before = cpuSecondsOf(home);
  const isQuiet = () => {
    const now = cpuSecondsOf(home);
    const used = now - before;
    before = now;
    return used < (QUIET_CORES * QUIET_MS) / 1000;
  };
  await pollUntil(isQuiet, { timeoutMs: QUIET_TIMEOUT_MS, everyMs: QUIET_MS });
}

function cpuSecondsOf(home: string): number {
  return Object.values(usageOfParts(home)).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

interface Clients {
  run(load: ApiLoad): Promise<ApiLoadResult>;
  stop(): void;
}

/** The clients are in a process of their own. */
function startClients(): Clients {
  const child: ChildProcess = fork(join(import.meta.dirname, 'clients.ts'), {
    execArgv: ['--import', 'tsx'],
  });
  return {
    run(load) {
      const result = createDeferred<ApiLoadResult>();
      const fail = () => result.reject(new Error('the process of the clients ended'));
      child.once('exit', fail);
      child.once('message', (message) => {
        child.off('exit', fail);
        result.resolve(message as ApiLoadResult);
      });
      child.send(load);
      return result.promise;
    },
    stop: () => child.disconnect(),
  };
}
