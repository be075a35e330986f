import { decodeBase64 } from './base64.ts';
import { NotAKey } from './not-a-key.ts';
import { parsePublicKey } from './public-key.ts';

/** Words are separated by blanks and tabs. */
const BLANK = /[ \t]+/;

/** Whether the line can hold a key: it is neither empty nor a comment. */
export function isKeyLine(line: string): boolean {
  const text = content(line);
  return text !== '' && !text.startsWith('#');
}

/**
 * Reads a line of a public key file: `type base64 [comment]`, with or without options in front
 * (spec/modules/sshkey.md#lines). Returns the key, or undefined when there is none.
 */
export function parseKeyLine(line: string): Buffer | undefined {
  const text = content(line);
  if (text.startsWith('#')) return undefined;
  return keyAfterType(text) ?? keyAfterType(withoutOptions(text));
}

function content(line: string): string {
  return (line.split('\r', 1)[0] ?? '').trim();
}

/** The type that the key itself names counts, not the word in front of it. */
function keyAfterType(text: string): Buffer | undefined {
  const wire = decodeBase64(text.split(BLANK, 2)[1] ?? '');
  if (wire === undefined) return undefined;
  try {
    return parsePublicKey(wire);
  } catch (error) {
    if (error instanceof NotAKey) return undefined;
    throw error;
  }
}

/** Options end at the first blank outside of quotes; a backslash escapes a quote. */
function withoutOptions(text: string): string {
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"' && text[at - 1] !== '\\') isQuoted = !isQuoted;
    if (!isQuoted && (character === ' ' || character === '\t')) return text.slice(at).trim();
  }
  return '';
}
