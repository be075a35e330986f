import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MigError } from '../contract/errors.ts';
import { parseBoolean, parseIni } from '../platform/files/ini.ts';
import { readText } from '../platform/files/read-text.ts';
import { homeFolder } from './home-folder.ts';

const SMALLEST_CONFIG = `[api]
  url = "https://mig.example.net/api/v1/"
[gpg]
  keyid = "40 hex digits of your key's fingerprint"
`;

/** The investigator's `~/.migrc` (spec/clients.md#configuration). */
export interface CliConfig {
  apiUrl: string;
  /** Undefined for GnuPG's default. */
  gpgHome: string | undefined;
  /** Fingerprint of the primary key. */
  keyId: string;
  /** A file of private keys, armored or binary, used instead of a GnuPG home. */
  keyFile: string | undefined;
  passphrase: string | undefined;
  macros: Map<string, string>;
}

const DEFAULT_FILE = join(homeFolder(), '.migrc');

export function loadConfig(file: string = DEFAULT_FILE): CliConfig {
  if (!existsSync(file)) {
    throw new MigError(
      'config_invalid',
      `${file} does not exist: mig config init writes it. A development stack writes .mig/migrc in its checkout, for use with -c. The file needs at least:\n\n${SMALLEST_CONFIG}`,
    );
  }
  const ini = parseIni(readText(file));
  const get = (section: string, key: string) => ini.get(section)?.get(key)?.at(-1);
  const apiUrl = get('api', 'url');
  const keyId = get('gpg', 'keyid')?.toUpperCase();
  if (!apiUrl || !URL.canParse(apiUrl))
    throw new MigError('config_invalid', `${file}: [api] url is missing or not a URL`);
  if (keyId === undefined || !/^[0-9A-F]{40}$/.test(keyId))
    throw new MigError('config_invalid', `${file}: [gpg] keyid must be 40 hex digits`);
  // Node's fetch has no other switch for this. Node prints a warning on stderr, which is intended.
  if (readSwitch(file, '[api] skipverifycert', get('api', 'skipverifycert')))
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  const keyFile = get('gpg', 'keyfile');
  return {
    apiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`,
    gpgHome: gnupgHome(get('gpg', 'home')),
    keyId,
    keyFile: keyFile === undefined ? undefined : expandHome(keyFile),
    passphrase: takePassphrase(),
    macros: new Map((ini.get('targets')?.get('macro') ?? []).map(splitMacro)),
  };
}

/** Where `mig` keeps which versions of saved questions it has seen: beside the configuration, whose API they are of. */
export function seenQuestionsFile(file: string = DEFAULT_FILE): string {
  return `${file}.questions`;
}

function readSwitch(file: string, name: string, text: string | undefined): boolean {
  const value = text === undefined ? false : parseBoolean(text);
  if (value !== undefined) return value;
  throw new MigError(
    'config_invalid',
    `${file}: ${name} must be on or off (or true, yes, 1, false, no, 0), not ${JSON.stringify(text)}`,
  );
}

/** Reads the passphrase of the investigator's key, and removes it from the environment of later child processes. */
function takePassphrase(): string | undefined {
  const passphrase = process.env.MIGPGPPASSPHRASE;
  delete process.env.MIGPGPPASSPHRASE;
  return passphrase;
}

/**
 * `[gpg] home`, or `$GNUPGHOME`; undefined for GnuPG's default. MIG's clients take a relative `$GNUPGHOME` as relative to
 * the home folder.
 */
export function gnupgHome(configured: string | undefined): string | undefined {
  if (configured) return expandHome(configured);
  return process.env.GNUPGHOME ? resolve(homeFolder(), process.env.GNUPGHOME) : undefined;
}

/** The GnuPG of this user, for commands that need no server, and no configuration either. */
export function ownGnupgHome(file: string | undefined): string | undefined {
  const hasConfig = file !== undefined || existsSync(DEFAULT_FILE);
  return hasConfig ? loadConfig(file).gpgHome : gnupgHome(undefined);
}

function expandHome(path: string): string {
  return path.startsWith('~/') ? join(homeFolder(), path.slice(2)) : path;
}

function splitMacro(text: string): [string, string] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** The variables that describe the terminal. */
export function terminalEnvironment(): { TERM?: string | undefined; NO_COLOR?: string | undefined } {
  const { TERM, NO_COLOR } = process.env;
  return { TERM, NO_COLOR };
}
