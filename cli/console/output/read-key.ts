import { once } from 'node:events';

export type Key = 'page' | 'line' | 'quit';

/** Reads one key of a terminal, for the pager. Ctrl-C, q, Escape and the end of the input quit. */
export async function readKey(input: NodeJS.ReadStream): Promise<Key> {
  input.setRawMode(true);
  input.resume();
  try {
    const [chunk] = await Promise.race([once(input, 'data'), once(input, 'end').then(() => ['q'])]);
    return keyOf(String(chunk));
  } finally {
    input.setRawMode(false);
    input.pause();
  }
}

export function keyOf(text: string): Key {
  if (LINE_KEYS.some((key) => text.startsWith(key))) return 'line';
  // An arrow, a function key: Escape with more behind it.
  if (text.startsWith('\u001b[')) return 'page';
  return QUIT_KEYS.some((key) => text.startsWith(key)) ? 'quit' : 'page';
}

const LINE_KEYS = ['\r', '\n', 'j', '\u001b[B'];
/** The control characters are Ctrl-C, Ctrl-D and Escape. */
const QUIT_KEYS = ['q', 'Q', '\u0003', '\u0004', '\u001b'];
