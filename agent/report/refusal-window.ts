export const HOUR_MS = 3_600_000;
const MAX_REFUSALS_PER_HOUR = 500;

/** The refusals recorded in the last hour, whenever that began: a flood of them must not fill the disk. */
export class RefusalWindow {
  /** The oldest first. */
  readonly #recorded: { ms: number; bytes: number }[] = [];
  #bytes = 0;
  /** Not recorded since the last one that was. */
  suppressed = 0;

  /** Whether one more may be recorded at this moment. */
  isOpen(nowMs: number, maxBytes: number): boolean {
    this.#forgetOld(nowMs);
    return this.#recorded.length < MAX_REFUSALS_PER_HOUR && this.#bytes < maxBytes;
  }

  add(ms: number, bytes: number): void {
    this.#recorded.push({ ms, bytes });
    this.#bytes += bytes;
  }

  #forgetOld(nowMs: number): void {
    for (;;) {
      const [oldest] = this.#recorded;
      // A clock that was set back must not keep the window closed for longer.
      if (oldest === undefined || Math.abs(nowMs - oldest.ms) < HOUR_MS) return;
      this.#recorded.shift();
      this.#bytes -= oldest.bytes;
    }
  }
}
