import { resolve } from 'node:path';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { readBytes } from '../../platform/files/read-bytes.ts';
import { unreadable } from '../../platform/files/read-text.ts';
import { listOwnKeys } from '../../platform/openpgp/gpg.ts';
import type { OwnKey } from '../../platform/openpgp/gpg-listing.ts';
import { listPrivateKeys } from '../../platform/openpgp/sign.ts';
import { gnupgHome } from '../config.ts';
import { askText } from '../terminal/ask.ts';
import type { Output } from '../terminal/output.ts';

interface Chosen {
  keyId: string;
  /** Undefined for a key of GnuPG. */
  keyFile: string | undefined;
}

/** Finds the investigator's key in a file or in GnuPG. Asks on a terminal when there are several. */
export async function chooseKey(
  { keyFile, keyId }: { keyFile: string | undefined; keyId: string | undefined },
  output: Output,
): Promise<Chosen> {
  const file = keyFile === undefined ? undefined : resolve(keyFile);
  const keys = file === undefined ? await keysOfGnupg(keyId) : await keysOfFile(file);
  const key = await selectKey(keys, { keyId, output });
  output.note(`the key is ${lineOf(key)}`);
  return { keyId: key.fingerprint, keyFile: file };
}

/** Those that can sign. */
async function keysOfGnupg(keyId: string | undefined): Promise<OwnKey[]> {
  const hint = 'make one with gpg --quick-generate-key, or name a file of private keys with -keyfile';
  const keys = await listOwnKeys(gnupgHome(undefined)).catch((cause: unknown) => {
    throw new MigError('config_invalid', `${errorMessage(cause)}; ${hint}`, { cause });
  });
  if (keys.length === 0) throw new MigError('config_invalid', `GnuPG has no secret key: ${hint}`);
  const named = keys.find(({ fingerprint }) => fingerprint === keyId);
  const able = keys.filter(({ problem }) => problem === undefined);
  if (named ? able.includes(named) : able.length > 0) return able;
  const problems = (named ? [named] : keys).map((key) => `${lineOf(key)} ${key.problem}`);
  throw new MigError(
    'config_invalid',
    `no secret key of GnuPG can sign here: ${problems.join(', ')}; ${hint}`,
  );
}

async function keysOfFile(file: string): Promise<OwnKey[]> {
  try {
    return await listPrivateKeys(readBytes(file));
  } catch (cause) {
    if (cause instanceof MigError) throw new MigError(cause.code, `${file}: ${cause.message}`, { cause });
    throw unreadable(file, cause);
  }
}

async function selectKey(
  keys: readonly OwnKey[],
  { keyId, output }: { keyId: string | undefined; output: Output },
): Promise<OwnKey> {
  const named = keyId === undefined ? keys : keys.filter(({ fingerprint }) => fingerprint === keyId);
  const [only, second] = named;
  if (only === undefined)
    throw new MigError('usage', `-keyid ${keyId} is not among the keys: ${keys.map(lineOf).join(', ')}`);
  if (second === undefined) return only;
  for (const [index, key] of named.entries()) output.note(`  ${index + 1}  ${lineOf(key)}`);
  const answer = await askText(`which key, 1 to ${named.length}`, { flag: '-keyid' });
  const chosen = named[Number(answer) - 1];
  if (chosen === undefined)
    throw new MigError('usage', `${JSON.stringify(answer)} is no number of a key above`);
  return chosen;
}

function lineOf({ fingerprint, userId }: OwnKey): string {
  return userId === '' ? fingerprint : `${fingerprint} ${userId}`;
}
