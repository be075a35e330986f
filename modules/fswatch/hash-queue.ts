import { setTimeout as sleep } from 'node:timers/promises';
import type { BytePath } from './byte-path.ts';

interface HashQueueOptions {
  hash(path: BytePath, options: { isFollowed: boolean }): Promise<string>;
  onHash(path: BytePath, hash: string): void;
}

/** Requests within this time of each other slow each other down. */
const BURST_MS = 1_000;
const PAUSE_STEP_MS = 10;
const MAX_PAUSE_MS = 50;

/** Hashes one file at a time, with pauses that grow in a burst: thousands of changes must not keep a machine busy. */
export class HashQueue {
  readonly #options: HashQueueOptions;
  /** Requested, and not read yet: a file that changes all the time is hashed once. */
  readonly #waiting = new Map<BytePath, { isFollowed: boolean }>();
  readonly #due: BytePath[] = [];
  #isRunning = false;
  #pauseMs = 0;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(options: HashQueueOptions) {
    this.#options = options;
  }

  request(path: BytePath, { delayMs, isFollowed }: { delayMs: number; isFollowed: boolean }): void {
    if (this.#waiting.has(path)) return;
    this.#waiting.set(path, { isFollowed });
    if (delayMs === 0) this.#enqueue(path);
    else setTimeout(() => this.#enqueue(path), delayMs);
  }

  #enqueue(path: BytePath): void {
    this.#due.push(path);
    if (!this.#isRunning) void this.#run(); // It never rejects.
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    let next = 0;
    while (next < this.#due.length) {
      await this.#throttle();
      await this.#hash(this.#due[next]);
      next++;
    }
    this.#due.length = 0;
    this.#isRunning = false;
  }

  async #hash(path: BytePath | undefined): Promise<void> {
    if (path === undefined) return;
    const options = this.#waiting.get(path);
    this.#waiting.delete(path);
    if (options) this.#options.onHash(path, await this.#options.hash(path, options));
  }

  async #throttle(): Promise<void> {
    const isBurst = performance.now() - this.#lastMs < BURST_MS;
    this.#pauseMs = isBurst ? Math.min(MAX_PAUSE_MS, this.#pauseMs + PAUSE_STEP_MS) : 0;
    if (this.#pauseMs > 0) await sleep(this.#pauseMs);
    this.#lastMs = performance.now();
  }
}
