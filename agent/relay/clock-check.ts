import { CLOCK_OFF_MS, parseClock } from '../../contract/clock.ts';
import { spanInWords } from '../../contract/text/span-in-words.ts';
import type { Notices } from './notices.ts';

/** Of these heartbeats it is known when they were sent: word of older ones comes too late. */
const REMEMBERED = 8;
/** Word that took longer on its way says too little. */
const MAX_ROUND_TRIP_MS = 60_000;
/** Another difference is told so long after the last: each is a line in log and report, and a heartbeat. */
const CHANGE_MS = 10 * 60_000;
/** Without word for so long, and after so many heartbeats, the clock is right again. */
const SILENCE_MS = 60_000;
const SILENT_HEARTBEATS = 3;

interface Sent {
  /** By this machine's clock, in Unix milliseconds. */
  atMs: number;
  monotonicMs: number;
}

/**
 * Whether this machine's clock is right by the platform's. The platform tells, of a heartbeat, when it came; the time that
 * heartbeat and word took together is how far the comparison may be wrong. A relay that makes such messages up gets a
 * notice, nothing else: times of actions are judged by this machine's clock alone.
 */
export class ClockCheck {
  readonly #notices: Pick<Notices, 'say' | 'end'>;
  readonly #monotonic: () => number;
  readonly #changed: () => void;
  #sent: Sent[] = [];
  /** What was said, when, and when the platform's last word came, with the heartbeats that were taken since. */
  #told: { aheadMs: number; saidMs: number; wordMs: number; heartbeats: number } | undefined;

  /** `changed`: there are other notices. */
  constructor({
    notices,
    monotonic,
    changed,
  }: { notices: Pick<Notices, 'say' | 'end'>; monotonic: () => number; changed: () => void }) {
    this.#notices = notices;
    this.#monotonic = monotonic;
    this.#changed = changed;
  }

  /** A heartbeat goes out that says this time. */
  sends(atMs: number): void {
    this.#sent = [{ atMs, monotonicMs: this.#monotonic() }, ...this.#sent].slice(0, REMEMBERED);
  }

  /** The relay has taken it. */
  wasTaken(): void {
    if (this.#told === undefined) return;
    this.#told.heartbeats++;
    const silentMs = this.#monotonic() - this.#told.wordMs;
    if (silentMs < SILENCE_MS || this.#told.heartbeats < SILENT_HEARTBEATS) return;
    this.#told = undefined;
    if (this.#notices.end('clock')) this.#changed();
  }

  /** Takes a clock message; false when it is malformed, which is for others to refuse. */
  take(body: Buffer): boolean {
    let word: ReturnType<typeof parseClock>;
    try {
      word = parseClock(body);
    } catch {
      return false;
    }
    const sent = this.#sent.find(({ atMs }) => atMs === word.sentMs);
    const now = this.#monotonic();
    if (sent !== undefined && now - sent.monotonicMs < MAX_ROUND_TRIP_MS) {
      this.#compare(word.sentMs - word.receivedMs, { uncertainMs: now - sent.monotonicMs, now });
    }
    return true;
  }

  #compare(aheadMs: number, { uncertainMs, now }: { uncertainMs: number; now: number }): void {
    if (Math.abs(aheadMs) - uncertainMs < CLOCK_OFF_MS) return;
    const known = this.#told;
    // A clock that runs on as wrong as it was is no news.
    if (known && (Math.abs(aheadMs - known.aheadMs) < CLOCK_OFF_MS || now - known.saidMs < CHANGE_MS)) {
      this.#told = { ...known, wordMs: now, heartbeats: 0 };
      return;
    }
    this.#told = { aheadMs, saidMs: now, wordMs: now, heartbeats: 0 };
    const where = aheadMs > 0 ? 'ahead of' : 'behind';
    const text = `this machine's clock is ${spanInWords(Math.abs(aheadMs))} ${where} the platform's: actions may be refused`;
    if (this.#notices.say('clock', text)) this.#changed();
  }
}
