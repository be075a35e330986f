import { CLOCK_OFF_MS, parseClock } from '../../contract/clock.ts';
import { spanInWords } from '../../contract/text/span-in-words.ts';
import type { Notices } from './notices.ts';

/** The number of heartbeats whose sending time is remembered. A clock message about an older one is too late. */
const REMEMBERED = 8;
/** A longer round trip makes the comparison too imprecise. */
const MAX_ROUND_TRIP_MS = 60_000;
/** The least time between two announcements: each is a line in log and report, and a heartbeat. */
const CHANGE_MS = 10 * 60_000;
/** The clock counts as correct again after this long, and this many heartbeats, without a clock message. */
const SILENCE_MS = 60_000;
const SILENT_HEARTBEATS = 3;

interface SentHeartbeat {
  /** By this machine's clock, in Unix milliseconds. */
  atMs: number;
  monotonicMs: number;
}

/** A deviation for which there is a notice. */
interface Deviation {
  aheadMs: number;
  /** When it was announced, in monotonic milliseconds. */
  announcedMs: number;
  /** When the platform last confirmed it, and how many heartbeats the relay has confirmed since. */
  confirmedMs: number;
  heartbeats: number;
}

interface ClockCheckOptions {
  notices: Pick<Notices, 'raise' | 'clear'>;
  monotonic: () => number;
  /** Called when the notices changed. */
  onChange: () => void;
}

/**
 * Compares this machine's clock with the platform's. The platform reports when a heartbeat arrived; the round trip of
 * heartbeat and report bounds the error of the comparison. A relay that forges such messages can only cause a notice: the
 * validity of actions is judged by this machine's clock alone.
 */
export class ClockCheck {
  readonly #notices: ClockCheckOptions['notices'];
  readonly #monotonic: () => number;
  readonly #onChange: () => void;
  #sent: SentHeartbeat[] = [];
  #deviation: Deviation | undefined;

  constructor({ notices, monotonic, onChange }: ClockCheckOptions) {
    this.#notices = notices;
    this.#monotonic = monotonic;
    this.#onChange = onChange;
  }

  /** Records that a heartbeat with this time is about to be sent. */
  noteSent(atMs: number): void {
    this.#sent = [{ atMs, monotonicMs: this.#monotonic() }, ...this.#sent].slice(0, REMEMBERED);
  }

  /** Records that the relay confirmed a heartbeat. */
  noteConfirmed(): void {
    if (this.#deviation === undefined) return;
    this.#deviation.heartbeats++;
    const silentMs = this.#monotonic() - this.#deviation.confirmedMs;
    if (silentMs < SILENCE_MS || this.#deviation.heartbeats < SILENT_HEARTBEATS) return;
    this.#deviation = undefined;
    if (this.#notices.clear('clock')) this.#onChange();
  }

  /** Evaluates a clock message; false when it is malformed and must be refused. */
  receive(body: Buffer): boolean {
    const message = parseIfWellFormed(body);
    if (message === undefined) return false;
    const sent = this.#sent.find(({ atMs }) => atMs === message.sentMs);
    if (sent === undefined) return true;
    const now = this.#monotonic();
    const roundTripMs = now - sent.monotonicMs;
    const aheadMs = message.sentMs - message.receivedMs;
    const isCertain = roundTripMs < MAX_ROUND_TRIP_MS && Math.abs(aheadMs) - roundTripMs >= CLOCK_OFF_MS;
    if (isCertain) this.#confirm(aheadMs, now);
    return true;
  }

  #confirm(aheadMs: number, now: number): void {
    const known = this.#deviation;
    if (known && !isSignificant(known, { aheadMs, now })) {
      known.confirmedMs = now;
      known.heartbeats = 0;
      return;
    }
    this.#deviation = { aheadMs, announcedMs: now, confirmedMs: now, heartbeats: 0 };
    const where = aheadMs > 0 ? 'ahead of' : 'behind';
    const text = `this machine's clock is ${spanInWords(Math.abs(aheadMs))} ${where} the platform's: actions may be refused`;
    if (this.#notices.raise('clock', text)) this.#onChange();
  }
}

function parseIfWellFormed(body: Buffer): ReturnType<typeof parseClock> | undefined {
  try {
    return parseClock(body);
  } catch {
    return undefined;
  }
}

function isSignificant(known: Deviation, { aheadMs, now }: { aheadMs: number; now: number }): boolean {
  return Math.abs(aheadMs - known.aheadMs) >= CLOCK_OFF_MS && now - known.announcedMs >= CHANGE_MS;
}
