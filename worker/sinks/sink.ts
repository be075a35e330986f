import type { OutboxEvent } from '../../contract/events/event.ts';

/** Where events are written, in order and at least once. */
export interface Sink {
  /** Its reader of the outbox. */
  name: 'file' | 'syslog';
  /** Resolves when the events are written; what it rejects comes again. */
  write: (events: readonly OutboxEvent[]) => Promise<void>;
  close: () => Promise<void>;
}
