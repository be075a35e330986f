export const HOUR_MS = 3_600_000;
const MAX_REFUSALS_PER_HOUR = 500;

/** Limits how many refusals the report records in sixty minutes: a flood of them must not fill the disk. */
export class RefusalQuota {
  /** Sorted by age, oldest first. */
  readonly #recorded: { ms: number; bytes: number }[] = [];
  #bytes = 0;
  /** The number of refusals since the last recorded one that were only counted. */
  suppressed = 0;

  /** Whether one more refusal may be recorded now. */
  hasRoom(nowMs: number, maxBytes: number): boolean {
    this.#forgetOld(nowMs);
    return this.#recorded.length < MAX_REFUSALS_PER_HOUR && this.#bytes < maxBytes;
  }

  add(ms: number, bytes: number): void {
    this.#recorded.push({ ms, bytes });
    this.#bytes += bytes;
  }

  #forgetOld(nowMs: number): void {
    let [oldest] = this.#recorded;
    // The absolute value, so that a clock that was set back does not keep the quota exhausted for longer.
    while (oldest !== undefined && Math.abs(nowMs - oldest.ms) >= HOUR_MS) {
      this.#recorded.shift();
      this.#bytes -= oldest.bytes;
      [oldest] = this.#recorded;
    }
  }
}
