import { type Fingerprints, fingerprintsOf, UNKNOWN } from './keys/fingerprints.ts';
import { isKeyLine, parseKeyLine } from './keys/key-line.ts';
import { NotAKey } from './keys/not-a-key.ts';
import { firstPemBlock } from './keys/pem.ts';
import { type PrivateKey, parsePrivateKey } from './keys/private-key.ts';

export interface FoundKey extends Fingerprints {
  encrypted: boolean;
  type: 'private' | 'public' | 'authorizedkeys';
}

interface FileContent {
  /** The last part of the path. */
  name: string;
  content: Buffer;
  /** MIG returns one key of a public key file, and takes a comment for a line that it cannot read. */
  asMig: boolean;
}

const AUTHORIZED_KEYS = ['authorized_keys', 'authorized_keys2'];

/** Whether every line of such a file lets somebody in. */
function isAuthorizedKeys(name: string): boolean {
  return AUTHORIZED_KEYS.includes(name);
}

/** `unparsable` for a line of authorized keys that is no key, `none` for another line: the reader counts on each. */
type Line = FoundKey | 'unparsable' | 'none';

/** Yields the keys of a file (spec/modules/sshkey.md#reading-a-file): its first private key, or else those of its lines. */
export function* readKeys({ name, content, asMig }: FileContent): Generator<Line> {
  const text = content.toString('latin1');
  const privateKey = readPrivateKey(text);
  if (privateKey) {
    const { isEncrypted, publicKey } = privateKey;
    return yield foundKey('private', publicKey, isEncrypted);
  }
  const isAuthorized = isAuthorizedKeys(name);
  for (const line of linesOf(text)) {
    const key = parseKeyLine(line);
    if (key) yield foundKey(isAuthorized ? 'authorizedkeys' : 'public', key);
    else yield isAuthorized && (asMig || isKeyLine(line)) ? 'unparsable' : 'none';
    if (key && !isAuthorized && asMig) return;
  }
}

function readPrivateKey(text: string): PrivateKey | undefined {
  const block = firstPemBlock(text);
  if (block === undefined) return undefined;
  try {
    return parsePrivateKey(block);
  } catch (error) {
    if (error instanceof NotAKey) return undefined;
    throw error;
  }
}

/** Lines that are not empty, one after another: a file may have a million. */
function* linesOf(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const lineFeed = text.indexOf('\n', start);
    const end = lineFeed < 0 ? text.length : lineFeed;
    if (end > start) yield text.slice(start, end);
    start = end + 1;
  }
}

function foundKey(type: FoundKey['type'], publicKey: Buffer | undefined, encrypted = false): FoundKey {
  return { ...(publicKey ? fingerprintsOf(publicKey) : UNKNOWN), encrypted, type };
}
