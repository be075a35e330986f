import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { PrivateKey } from 'openpgp';
import { MigError } from '../contract/errors.ts';
import { parseBoolean, parseIni } from '../platform/ini.ts';
import { findSigningKey, readSigningKey } from '../platform/openpgp/sign.ts';

/** The investigator's `~/.migrc` (spec: clients, common configuration). */
export interface CliConfig {
  apiUrl: string;
  gpgHome: string;
  keyId: string;
  /** An armored private key, instead of a GnuPG home. */
  keyFile: string | undefined;
  macros: Map<string, string>;
}

export function loadConfig(file: string = join(homedir(), '.migrc')): CliConfig {
  if (!existsSync(file)) {
    throw new MigError(
      'config_invalid',
      `${file} does not exist. It needs at least:\n\n[api]\n  url = "https://mig.example.net/api/v1/"\n[gpg]\n  keyid = "40 hex digits of your key's fingerprint"\n`,
    );
  }
  const ini = parseIni(readFileSync(file, 'utf8'));
  const get = (section: string, key: string) => ini.get(section)?.get(key)?.at(-1);
  const apiUrl = get('api', 'url');
  const keyId = get('gpg', 'keyid')?.toUpperCase() ?? '';
  if (!apiUrl || !URL.canParse(apiUrl))
    throw new MigError('config_invalid', `${file}: [api] url is missing or not a URL`);
  if (!/^[0-9A-F]{40}$/.test(keyId))
    throw new MigError('config_invalid', `${file}: [gpg] keyid must be 40 hex digits`);
  // The only switch that Node's fetch has for it; Node warns of it on stderr, as it should.
  if (readSwitch(file, '[api] skipverifycert', get('api', 'skipverifycert')))
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  return {
    apiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`,
    gpgHome: get('gpg', 'home') ?? join(homedir(), process.env.GNUPGHOME ?? '.gnupg'),
    keyId,
    keyFile: get('gpg', 'keyfile'),
    macros: new Map((ini.get('targets')?.get('macro') ?? []).map(splitMacro)),
  };
}

function readSwitch(file: string, name: string, text: string | undefined): boolean {
  const value = text === undefined ? false : parseBoolean(text);
  if (value !== undefined) return value;
  throw new MigError(
    'config_invalid',
    `${file}: ${name} must be on or off (or true, yes, 1, false, no, 0), not ${JSON.stringify(text)}`,
  );
}

/** The signing key: an armored file, MIG's old secring.gpg, or an export from today's GnuPG. */
export async function loadSigningKey(config: CliConfig): Promise<PrivateKey> {
  const passphrase = process.env.MIGPGPPASSPHRASE;
  const key = await findKey(config, passphrase);
  if (key.getFingerprint().toUpperCase() !== config.keyId) {
    throw new MigError(
      'key_fingerprint_mismatch',
      `the private key is ${key.getFingerprint().toUpperCase()}, not ${config.keyId}`,
    );
  }
  return key;
}

async function findKey(
  { keyFile, gpgHome, keyId }: CliConfig,
  passphrase: string | undefined,
): Promise<PrivateKey> {
  if (keyFile !== undefined) return readSigningKey(readFileSync(keyFile, 'utf8'), passphrase);
  const secring = join(gpgHome, 'secring.gpg');
  if (existsSync(secring)) return findSigningKey(readFileSync(secring), keyId, passphrase);
  try {
    const args = ['--homedir', gpgHome, '--batch', '--export-secret-keys', keyId];
    return await findSigningKey(
      execFileSync('gpg', args, { stdio: ['ignore', 'pipe', 'ignore'] }),
      keyId,
      passphrase,
    );
  } catch (cause) {
    throw new MigError(
      'config_invalid',
      `no private key ${keyId}: set [gpg] keyfile to an armored private key, or [gpg] home to a folder with secring.gpg`,
      { cause },
    );
  }
}

function splitMacro(text: string): [string, string] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
