import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { errorMessage } from '../../contract/errors.ts';
import { createDeferred, type Deferred } from '../../platform/async/deferred.ts';
import type { FoundPattern } from './rules/large-rules.ts';
import { findThreadFiles } from './thread-files.ts';

/** A request to the thread. Large files are searched in windows, with rules that only collect patterns. */
type Request =
  | { type: 'whole'; fd: number; size: number; maxBytes: number }
  | { type: 'windows'; fd: number; size: number; source: string };

export type Answer =
  | { type: 'compiled' }
  | { type: 'refused'; errors: string[] }
  | { type: 'scanned'; matched: string[]; cut: string[] }
  | { type: 'found'; patterns: [rule: string, patterns: FoundPattern[]][] }
  /** The file cannot be read, or the engine gave up. */
  | { type: 'failed'; code?: string; message: string }
  /** The thread ended by itself. */
  | { type: 'crashed'; message: string }
  /** The time limit was over. */
  | { type: 'late' };

/** How long an answer may take. */
interface TimeLimit {
  /** Of the processor. A file system that does not answer uses none, so the wait may be `WAIT_FACTOR` times as long. */
  cpuMs: number;
  endsAtMs: number;
}

/** Compiles rules and scans files, in a thread of its own. */
export interface Scanner {
  /** Starts the thread. After an answer that was late, or a crash, it starts another. */
  compile(limit: TimeLimit): Promise<Answer>;
  ask(request: Request, limit: TimeLimit): Promise<Answer>;
  /**
   * Ends the thread. Returns false when it has not ended after `maxMs`, at most two seconds: Bun cannot interrupt a loop of
   * WebAssembly.
   */
  stop(maxMs: number): Promise<boolean>;
}

const POLL_MS = 100;
const STOP_MS = 2000;
const WAIT_FACTOR = 6;
/** The start of a pattern's definition, or what looks like one in a text. */
const PATTERN = /\$\w*\s*=/g;

export function createScanner(rules: string): Scanner {
  const patterns = rules.match(PATTERN)?.length ?? 0;
  let thread: Thread | undefined;
  const answerOf = (of: Thread, limit: TimeLimit) => withTimeLimit(of.answer.promise, limit);
  return {
    compile(limit) {
      thread = startThread({ rules, patterns });
      return answerOf(thread, limit);
    },
    ask(request, limit) {
      if (!thread) throw new Error('there is no thread to ask');
      thread.answer = createDeferred();
      thread.worker.postMessage(request);
      return answerOf(thread, limit);
    },
    async stop(maxMs) {
      const stopped = thread?.worker.terminate().then(() => true) ?? true;
      thread = undefined;
      return Promise.race([stopped, sleep(Math.max(0, Math.min(STOP_MS, maxMs)), false, { ref: false })]);
    },
  };
}

interface Thread {
  worker: Worker;
  /** The answer to the last request, or to the start. */
  answer: Deferred<Answer>;
}

function startThread(task: { rules: string; patterns: number }): Thread {
  const { thread: file, engine } = findThreadFiles();
  // Without the arguments of this process: they may load TypeScript, which hangs in a thread.
  const worker = new Worker(file, { workerData: { ...task, engine }, execArgv: [] });
  // The timer of a wait keeps the process alive, not the thread.
  worker.unref();
  const thread: Thread = { worker, answer: createDeferred() };
  const crash = (message: string) => thread.answer.resolve({ type: 'crashed', message });
  worker.on('message', (answer: Answer) => thread.answer.resolve(answer));
  worker.on('error', (error) => crash(errorMessage(error)));
  worker.on('exit', () => crash('the thread of the scan ended'));
  return thread;
}

async function withTimeLimit(answer: Promise<Answer>, { cpuMs, endsAtMs }: TimeLimit): Promise<Answer> {
  const start = { ms: performance.now(), cpu: process.cpuUsage() };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answer>((resolve) => {
    timer = setInterval(() => {
      const nowMs = performance.now();
      const { user, system } = process.cpuUsage(start.cpu);
      const isLate =
        nowMs >= endsAtMs || (user + system) / 1000 >= cpuMs || nowMs - start.ms >= WAIT_FACTOR * cpuMs;
      if (isLate) resolve({ type: 'late' });
    }, POLL_MS);
  });
  return Promise.race([answer, late]).finally(() => clearInterval(timer));
}
