import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { errorMessage } from '../../contract/errors.ts';
import { batchOf } from './generate.ts';
import type { Parser } from './parser.ts';
import { add, cpuMs, createProgress, KEPT, type Progress, read, TOO_MUCH, write } from './progress.ts';
import { keep, readKept, SEEDS } from './seeds.ts';
import type { Crash, WorkerInput } from './worker.ts';

interface Failure {
  kind: 'crash' | 'hang' | 'memory';
  /** -1 for a kept input. */
  batch: number;
  index: number;
  message: string;
  /** The file in which the input is kept. */
  file: string;
}

export interface ParserReport {
  parser: string;
  inputs: number;
  accepted: number;
  refused: number;
  /** Processor time or clock time, whichever is less: the machine may be busy with other programs. */
  slowestMs: number;
  /** Heap and buffers of the thread, with garbage, minus the memory of the code. */
  peakMb: number;
  failures: Failure[];
}

export interface FuzzOptions {
  parser: Parser;
  seed: number;
  ms: number;
  /** A step that takes longer hangs: 1000 ms by default. */
  maxStepMs?: number;
  /** The file that exports `allParsers`, for the thread. */
  parsers?: string;
  seeds?: string;
}

const MB = 1024 * 1024;
/** The code of the platform takes some 110 MB; the rest, old and young generation, is for a parser. */
const HEAP = { maxOldGenerationSizeMb: 110 + 224, maxYoungGenerationSizeMb: 32 };
const MAX_STEP_MS = 1000;
/** A parser that waits for something uses no processor time. */
const MAX_WAIT_MS = 30_000;
const WATCH_MS = 50;
/** More failures of one parser add nothing. */
const MAX_RESTARTS = 20;

/** Runs a parser in its own thread, on kept inputs first, until the time is over. Replaces a thread that hangs or exceeds its memory. */
export async function fuzz(options: FuzzOptions): Promise<ParserReport> {
  const { parser } = options;
  const progress = createProgress();
  const failures: Failure[] = [];
  let from = { batch: KEPT, index: 0 };
  for (let restarts = 0; restarts <= MAX_RESTARTS; restarts++) {
    const ended = await runThread(options, { progress, from, failures });
    if (ended === undefined) break;
    const { kind, message } = ended;
    const at = { batch: read(progress, 'batch'), index: read(progress, 'index') };
    add(progress, 'inputs');
    failures.push({ kind, ...at, message, file: keepInput(options, at) });
    from = { batch: at.batch, index: at.index + 1 };
  }
  return {
    parser: parser.name,
    inputs: read(progress, 'inputs'),
    accepted: read(progress, 'accepted'),
    refused: read(progress, 'refused'),
    slowestMs: Math.round(read(progress, 'slowestMs')),
    peakMb: Math.round(read(progress, 'peakBytes') / MB),
    failures,
  };
}

interface Thread {
  progress: Progress;
  from: { batch: number; index: number };
  failures: Failure[];
}

type Ended = Pick<Failure, 'kind' | 'message'>;

/** Resolves to undefined when the time is over, or to the reason when the thread is lost. */
async function runThread(options: FuzzOptions, thread: Thread): Promise<Ended | undefined> {
  const { progress, from, failures } = thread;
  write(progress, 'since', 0);
  const input: WorkerInput = {
    parsers: options.parsers ?? new URL('parsers.ts', import.meta.url).href,
    parser: options.parser.name,
    seeds: options.seeds ?? SEEDS,
    seed: options.seed,
    ms: options.ms,
    from,
    progress: progress.buffer,
  };
  const worker = new Worker(BOOT, {
    eval: true,
    workerData: { ...input, boot: new URL('worker.ts', import.meta.url).href },
    resourceLimits: HEAP,
  });
  worker.on('message', ({ batch, index, message }: Crash) => {
    const file = keepInput(options, { batch, index });
    failures.push({ kind: 'crash', batch, index, message, file });
  });
  const ending = new AbortController();
  const ended = once(worker, 'exit').then(
    () => undefined,
    (error: Error & { code?: string }): Ended => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY' || error.message === TOO_MUCH) {
        return { kind: 'memory', message: TOO_MUCH };
      }
      return { kind: 'crash', message: `the thread ended: ${errorMessage(error)}` };
    },
  );
  try {
    return await Promise.race([ended, watch(progress, options.maxStepMs ?? MAX_STEP_MS, ending.signal)]);
  } finally {
    ending.abort();
    await worker.terminate();
  }
}

/** Threads do not inherit the loader of TypeScript. */
const BOOT = `import('tsx/esm/api').then(({ register }) => {
  register();
  return import(require('node:worker_threads').workerData.boot);
});`;

/** Resolves when the current step takes too long, or with the signal. */
async function watch(progress: Progress, maxStepMs: number, signal: AbortSignal): Promise<Ended | undefined> {
  while (!signal.aborted) {
    await sleep(WATCH_MS);
    const since = read(progress, 'since');
    const took = Date.now() - since;
    if (since === 0 || took < maxStepMs) continue;
    const cpu = cpuMs() - read(progress, 'cpuSince');
    if (cpu > maxStepMs || took > MAX_WAIT_MS) {
      return { kind: 'hang', message: `no step within ${took} ms (${Math.round(cpu)} ms of the processor)` };
    }
  }
  return undefined;
}

/** Generates the input again and keeps it, unless it is kept already. Returns its file. */
function keepInput(options: FuzzOptions, { batch, index }: { batch: number; index: number }): string {
  const { parser, seed, seeds = SEEDS } = options;
  if (batch === KEPT) {
    const kept = readKept(seeds, parser.name)[index];
    if (!kept) throw new Error(`there is no kept input ${index}`);
    return kept.file;
  }
  const make = batchOf({ source: parser, seed, batch })[index];
  if (!make) throw new Error(`batch ${batch} has no input ${index}`);
  return keep(seeds, parser.name, make());
}
