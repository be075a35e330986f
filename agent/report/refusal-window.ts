export const HOUR_MS = 3_600_000;
const MAX_REFUSALS_PER_HOUR = 500;

/** Refusals that were recorded in the last sixty minutes: a flood of them must not fill the disk. */
export class RefusalWindow {
  /** The oldest first. */
  readonly #recorded: { ms: number; bytes: number }[] = [];
  #bytes = 0;
  /** Refusals that were only counted since the last recorded one. */
  suppressed = 0;

  /** Whether one more may be recorded now. */
  isOpen(nowMs: number, maxBytes: number): boolean {
    this.#forgetOld(nowMs);
    return this.#recorded.length < MAX_REFUSALS_PER_HOUR && this.#bytes < maxBytes;
  }

  add(ms: number, bytes: number): void {
    this.#recorded.push({ ms, bytes });
    this.#bytes += bytes;
  }

  #forgetOld(nowMs: number): void {
    let [oldest] = this.#recorded;
    // The absolute value: a clock that was set back must not keep the window closed for longer.
    while (oldest !== undefined && Math.abs(nowMs - oldest.ms) >= HOUR_MS) {
      this.#recorded.shift();
      this.#bytes -= oldest.bytes;
      [oldest] = this.#recorded;
    }
  }
}
