import type { JoinedEvent } from './join-records.ts';
import { messageTypeName } from './message-types.ts';

/** An alert must fit into a line between the module and its agent. */
const MAX_VALUE = 2_000;
const MAX_DATA = 16_000;
const MAX_RAW = 8_000;

/** The alert of an event, as a text of JSON with MIG's names. */
export function auditAlert(event: JoinedEvent, { includeRaw }: { includeRaw: boolean }): string {
  return JSON.stringify({
    Serial: event.serial,
    Timestamp: event.timestamp,
    Type: messageTypeName(event.type),
    Data: dataOf(event),
    Raw: includeRaw ? shorten(event.raw, MAX_RAW) : '',
  });
}

/** The fields of all records. A name that comes again with another value is numbered: `name`, `name_2`. */
function dataOf({ records }: JoinedEvent): Record<string, string> {
  const data = new Map<string, string>();
  let characters = 0;
  let leftOut = 0;
  for (const [name, whole] of records.flatMap(({ fields }) => fields)) {
    const value = shorten(whole, MAX_VALUE);
    const free = freeName(data, { name, value });
    if (free === undefined) continue;
    characters += free.length + value.length;
    if (characters > MAX_DATA) leftOut++;
    else data.set(free, value);
  }
  if (leftOut > 0) data.set('fields_left_out', String(leftOut));
  return Object.fromEntries(data);
}

/** Undefined when the name has this value already. */
function freeName(
  data: ReadonlyMap<string, string>,
  { name, value }: { name: string; value: string },
): string | undefined {
  let free = name;
  let number = 1;
  while (data.has(free)) {
    if (data.get(free) === value) return undefined;
    number++;
    free = `${name}_${number}`;
  }
  return free;
}

function shorten(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}
