import { isTextField } from './text-fields.ts';

/** One record of the audit trail. */
export interface AuditRecord {
  /** Seconds and milliseconds since 1970, as the kernel writes them. */
  timestamp: string;
  serial: string;
  fields: [name: string, value: string][];
}

/** The kernel's own limit is below 9,000. */
const MAX_CHARACTERS = 16_384;
const MAX_FIELDS = 400;
const HEAD = /^audit\((\d{1,20}\.\d{3}):(\d{1,20})\):\s?/;

/** Parses the text of a record of this type; undefined for a text that is none. Names and values may be hostile. */
export function parseRecord(type: number, text: string): AuditRecord | undefined {
  const line = text.slice(0, MAX_CHARACTERS);
  const [head = '', timestamp, serial] = HEAD.exec(line) ?? [];
  if (timestamp === undefined || serial === undefined) return undefined;
  return { timestamp, serial, fields: parseFields(type, line.slice(head.length)) };
}

/** One field: a name and, in quotes or up to the next blank, a value. */
const FIELD = /([\w.-]+)=(?:"([^"]*)"|'([^']*)'|(\S*))/;

function parseFields(type: number, text: string): AuditRecord['fields'] {
  const fields: AuditRecord['fields'] = [];
  const field = new RegExp(FIELD, 'y');
  let at = 0;
  while (at < text.length && fields.length < MAX_FIELDS) {
    field.lastIndex = at;
    const match = field.exec(text);
    if (!match) {
      // A word that is no field: on to the next.
      const blank = text.indexOf(' ', at);
      if (blank === -1) break;
      at = blank + 1;
      continue;
    }
    const [whole, name = '', quoted, nested, plain = ''] = match;
    at += whole.length;
    // Programs put their fields in one value of their own: msg='op=login acct="root"'.
    if (nested?.includes('=')) fields.push(...parseFields(type, nested));
    else fields.push([name, quoted ?? nested ?? decode(plain, { type, name })]);
  }
  return fields.slice(0, MAX_FIELDS);
}

/** The kernel writes texts with blanks, quotes or control characters as hexadecimal digits. */
function decode(value: string, { type, name }: { type: number; name: string }): string {
  if (!isTextField(type, name) || value.length % 2 !== 0 || !/^[0-9A-F]{2,}$/.test(value)) return value;
  return Buffer.from(value, 'hex').toString('utf8').replaceAll('\0', ' ').trimEnd();
}
