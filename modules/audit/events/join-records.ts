import { END_OF_EVENT, isWholeEvent } from './message-types.ts';
import { type AuditRecord, parseRecord } from './record.ts';

/** The records of one event. */
export interface JoinedEvent {
  serial: string;
  timestamp: string;
  /** The type of the first record. */
  type: number;
  records: AuditRecord[];
  /** The texts of the records, a line each. */
  raw: string;
}

interface JoinerOptions {
  onEvent(event: JoinedEvent): void;
  now(): number;
}

/** Events of which the end record may still come. */
const MAX_OPEN = 1_000;
const MAX_RECORDS = 256;
const MAX_RAW = 64 * 1024;
/** The kernel writes the records of an event at once. */
const MAX_WAIT_MS = 2_000;

interface OpenEvent extends JoinedEvent {
  sinceMs: number;
}

/** Joins records by their serial number until the end record of the event, within bounds of memory and time. */
export class RecordJoiner {
  readonly #options: JoinerOptions;
  /** In the order of their first record. */
  readonly #open = new Map<string, OpenEvent>();
  /** Texts that are no records. */
  unreadable = 0;

  constructor(options: JoinerOptions) {
    this.#options = options;
  }

  add(type: number, text: string): void {
    const record = parseRecord(type, text);
    if (!record) {
      this.unreadable++;
      return;
    }
    const key = `${record.timestamp}:${record.serial}`;
    if (type === END_OF_EVENT) {
      this.#emit(key);
      return;
    }
    const event = this.#open.get(key) ?? this.#openEvent(key, { type, record });
    if (event.records.length < MAX_RECORDS) event.records.push(record);
    if (event.raw.length + text.length < MAX_RAW) event.raw += event.raw === '' ? text : `\n${text}`;
    if (isWholeEvent(type)) this.#emit(key);
  }

  /** Passes on events whose end record did not come in time. */
  flushOld(): void {
    const limitMs = this.#options.now() - MAX_WAIT_MS;
    for (const [key, { sinceMs }] of this.#open) {
      if (sinceMs > limitMs) return;
      this.#emit(key);
    }
  }

  #openEvent(key: string, { type, record }: { type: number; record: AuditRecord }): OpenEvent {
    const [oldest] = this.#open.keys();
    if (this.#open.size >= MAX_OPEN && oldest !== undefined) this.#emit(oldest);
    const { serial, timestamp } = record;
    const event: OpenEvent = { serial, timestamp, type, records: [], raw: '', sinceMs: this.#options.now() };
    this.#open.set(key, event);
    return event;
  }

  #emit(key: string): void {
    const event = this.#open.get(key);
    if (!event) return;
    this.#open.delete(key);
    this.#options.onEvent(event);
  }
}
