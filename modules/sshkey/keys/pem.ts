import { decodeBase64 } from './base64.ts';

export interface PemBlock {
  type: string;
  /** Whether the headers say that the content is encrypted (RFC 1421). */
  isEncrypted: boolean;
  content: Buffer;
}

const BEGIN = /^-----BEGIN ([A-Z0-9 ]+)-----[ \t\r]*$/gm;
const NEXT_BEGIN = '\n-----BEGIN ';
const NEXT_END = '\n-----END ';
/** An RSA key of 16,384 bits, the longest of OpenSSH, has 13 kB. */
const MAX_BODY_LENGTH = 64 * 1024;
/** A header such as `Proc-Type: 4,ENCRYPTED`. No base64 has a colon. */
const HEADER = /^([^:\s]+):(.*)$/;

/** The first whole PEM block of a file; text around it is skipped. Takes linear time: no part is read twice. */
export function firstPemBlock(text: string): PemBlock | undefined {
  let end = 0;
  for (const begin of text.matchAll(BEGIN)) {
    const start = begin.index + begin[0].length;
    if (end < start) end = text.indexOf(NEXT_END, start);
    if (end < 0) return undefined;
    // A block that another one interrupts is none.
    const next = text.indexOf(NEXT_BEGIN, start);
    if (next >= 0 && next < end) continue;
    const type = begin[1] ?? '';
    const isWhole = end - start <= MAX_BODY_LENGTH && text.startsWith(`${type}-----`, end + NEXT_END.length);
    const block = isWhole ? parseBlock(type, text.slice(start, end)) : undefined;
    if (block !== undefined) return block;
  }
  return undefined;
}

function parseBlock(type: string, body: string): PemBlock | undefined {
  const lines = body.split('\n').map((line) => line.trim());
  const isHeader = (line: string) => HEADER.test(line);
  const headers = lines.filter(isHeader);
  const content = decodeBase64(lines.filter((line) => !isHeader(line)).join(''));
  if (content === undefined) return undefined;
  const isEncrypted = headers.some((line) => /^Proc-Type:.*ENCRYPTED/.test(line));
  return { type, isEncrypted, content };
}
