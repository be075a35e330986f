import { eventUid, type OutboxEvent } from '../../contract/events/event.ts';
import { toOcsf } from './ocsf.ts';

export const SINK_FORMATS = ['jsonl', 'ocsf'] as const;
export type SinkFormat = (typeof SINK_FORMATS)[number];

/** The lines of an event, each of JSON. All their characters are printable ASCII: they are safe on any terminal, and in syslog. */
export function eventLines(event: OutboxEvent, format: SinkFormat): string[] {
  const values = format === 'ocsf' ? toOcsf(event, Date.now()) : [plainEvent(event)];
  return values.map((value) => asciiJson(value));
}

/** As a webhook has it, with the id that its header has there. */
function plainEvent(event: OutboxEvent): object {
  return { id: eventUid(event), type: event.kind, timestamp: event.at, data: event.detail };
}

function asciiJson(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
