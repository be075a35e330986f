import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { batchOf, type Make } from './generate.ts';
import type { Parser } from './parser.ts';
import { add, cpuMs, createProgress, KEPT, MAX_BYTES, read, TOO_MUCH, write } from './progress.ts';
import { readKept } from './seeds.ts';

/** The task of the thread. */
export interface WorkerInput {
  /** A file that exports `allParsers`. */
  parsers: string;
  parser: string;
  seeds: string;
  seed: number;
  /** How long to run, from the first input of the first thread on. */
  ms: number;
  /** The first input to try. */
  from: { batch: number; index: number };
  progress: SharedArrayBuffer;
}

/** The first crash of its kind. */
export interface Crash {
  batch: number;
  index: number;
  message: string;
}

/** Garbage of one input must not count for the next, but a collection takes as long as many inputs. */
const MUCH_BYTES = 64 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const task = workerData as WorkerInput;
const progress = createProgress(task.progress);
const seen = new Set<string>();

const { allParsers } = (await import(task.parsers)) as { allParsers: () => Parser[] };
const parser = allParsers().find(({ name }) => name === task.parser);
if (!parser) throw new Error(`no parser ${task.parser}`);
await parser.open?.();
if (read(progress, 'endsAt') === 0) write(progress, 'endsAt', Date.now() + task.ms);
collectGarbage();
const baseBytes = takenBytes();
await run(parser);
await parser.close?.();

async function run(parser: Parser): Promise<void> {
  let { batch, index } = task.from;
  for (;;) {
    const makes = inputsOf(parser, batch);
    while (index < makes.length) {
      if (batch !== KEPT && Date.now() > read(progress, 'endsAt')) return;
      write(progress, 'batch', batch);
      write(progress, 'index', index);
      const input = makes[index]?.();
      if (input) await attempt(parser, input, { batch, index });
      index++;
    }
    index = 0;
    batch++;
  }
}

function inputsOf(parser: Parser, batch: number): Make[] {
  if (batch !== KEPT) return batchOf({ source: parser, seed: task.seed, batch });
  return readKept(task.seeds, parser.name).map(
    ({ input }) =>
      () =>
        input,
  );
}

async function attempt(parser: Parser, input: Buffer, at: { batch: number; index: number }): Promise<void> {
  let start = { at: 0, cpu: 0 };
  const begin = () => {
    start = { at: performance.now(), cpu: cpuMs() };
    write(progress, 'cpuSince', start.cpu);
    write(progress, 'since', Date.now());
  };
  const end = () => {
    write(progress, 'since', 0);
    const ms = Math.min(performance.now() - start.at, cpuMs() - start.cpu);
    write(progress, 'slowestMs', Math.max(ms, read(progress, 'slowestMs')));
  };
  const step = () => {
    end();
    begin();
  };
  if (takenBytes() - baseBytes > MUCH_BYTES) collectGarbage();
  begin();
  try {
    const value = parser.parse(input, step);
    if (value instanceof Promise) await value;
    end();
    add(progress, 'accepted');
  } catch (error) {
    end();
    if (error instanceof MigError) add(progress, 'refused');
    else report(error, at);
  }
  add(progress, 'inputs');
  const taken = takenBytes() - baseBytes;
  if (taken > MAX_BYTES) throw new RangeError(TOO_MUCH);
  write(progress, 'peakBytes', Math.max(taken, read(progress, 'peakBytes')));
}

function takenBytes(): number {
  const { used_heap_size: heap, external_memory: outside } = getHeapStatistics();
  return heap + outside;
}

/** Reports the first crash of each kind, by where it was thrown and by its message without numbers. */
function report(error: unknown, { batch, index }: { batch: number; index: number }): void {
  add(progress, 'crashes');
  const message =
    error instanceof Error ? `${error.name}: ${errorMessage(error)}` : `thrown: ${String(error)}`;
  const where = (error instanceof Error ? error.stack : undefined)?.match(/^ +at .*$/m)?.[0] ?? '';
  const kind = `${message.slice(0, 60).replaceAll(/\d+/g, '')} ${where}`;
  if (seen.has(kind)) return;
  seen.add(kind);
  const crash: Crash = { batch, index, message: `${message.slice(0, 300)} ${where.trim()}` };
  parentPort?.postMessage(crash);
}
