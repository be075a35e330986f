import { goErrno } from '../../contract/go/errno.ts';
import type { RunClock } from '../../platform/async/run-clock.ts';
import { type Area, readableAreas } from './areas.ts';
import type { Layout } from './layout.ts';
import type { Check, Plan } from './plan.ts';
import { readSpans, type Span } from './spans.ts';
import type { Target } from './target.ts';
import { isFound } from './window-search.ts';

export interface Scan {
  clock: RunClock;
  buffer: Buffer;
  windowBytes: number;
  /** Called with a text for each stretch of memory that is not searched. */
  onFailure(text: string): void;
}

/** The time of the run is over. */
export class ScanEndedError extends Error {
  readonly address: number;

  constructor(address: number) {
    super(`the time was over at address 0x${address.toString(16)}`);
    this.address = address;
  }
}

/** A search in progress: its checks that are not found yet in this process. */
interface Pending {
  plan: Plan;
  checks: Check[];
}

/** The most failures of one process: a device may fail at every page. */
const MAX_FAILURES = 100;

/** One walk over the memory of a process, for all searches (spec/modules/memory.md#algorithm). */
export class MemoryScan {
  /** The bytes as MIG counts them: all of the first window, half of each further one. */
  bytesRead = 0;
  readonly found = new Set<Check>();
  readonly #target: Target;
  readonly #scan: Scan;
  #pending: Pending[];
  #failures = 0;

  constructor(target: Target, plans: readonly Plan[], scan: Scan) {
    this.#target = target;
    this.#scan = scan;
    this.#pending = plans.map((plan) => ({ plan, checks: plan.memory }));
  }

  /** Ends when every check is found, or all memory was searched. Throws ScanEndedError when the time is over. */
  async run({ parts, devices }: Layout): Promise<void> {
    const { buffer, windowBytes } = this.#scan;
    const offset = Math.min(...this.#pending.map(({ plan }) => plan.offset));
    const target = this.#target;
    for (const start of devices) this.#fail(start, 'memory of a device is not read');
    const source = { target, buffer, windowBytes, onFailure: this.#onFailure };
    for (const area of readableAreas({ parts, target, offset, windowBytes })) {
      if (await this.#searchArea(area, source)) return;
    }
  }

  /** Returns true when no search is active any more. */
  async #searchArea(area: Area, source: Parameters<typeof readSpans>[1]): Promise<boolean> {
    for (const span of readSpans(area, source)) {
      if (this.#scan.clock.isOver()) throw new ScanEndedError(span.address);
      this.#searchSpan(span);
      if (this.#pending.length === 0) return true;
      await this.#scan.clock.pause();
    }
    return false;
  }

  #searchSpan({ bytes, windows }: Span): void {
    const { windowBytes } = this.#scan;
    let from = 0;
    while (from < windows) {
      this.#pending = this.#pending.filter(({ plan }) => this.bytesRead < plan.maxLength);
      if (this.#pending.length === 0) return;
      const to = this.#countUntilLimit({ bytes, windows, from });
      for (const pending of this.#pending) {
        pending.checks = pending.checks.filter((check) => {
          if (!isFound(check, { bytes, windowBytes, from, to })) return true;
          this.found.add(check);
          return false;
        });
      }
      this.#pending = this.#pending.filter(({ checks }) => checks.length > 0);
      from = to;
    }
  }

  /** Counts windows until the first search has reached its limit. Returns the number of the next window. */
  #countUntilLimit({ bytes, windows, from }: { bytes: Buffer; windows: number; from: number }): number {
    const { windowBytes } = this.#scan;
    const limit = Math.min(...this.#pending.map(({ plan }) => plan.maxLength));
    let to = from;
    while (to < windows && this.bytesRead < limit) {
      const length = Math.min(windowBytes, bytes.length - (to * windowBytes) / 2);
      this.bytesRead += this.bytesRead === 0 ? length : Math.floor(length / 2);
      to++;
    }
    return to;
  }

  readonly #onFailure = (address: number, error: unknown): void => this.#fail(address, goErrno(error));

  #fail(address: number, why: string): void {
    if (++this.#failures > MAX_FAILURES) return;
    const { pid } = this.#target;
    this.#scan.onFailure(`Failed to read memory of process ${pid} at 0x${address.toString(16)}: ${why}`);
  }
}
