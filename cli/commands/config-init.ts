import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { getDashboard } from '../../contract/api/service.ts';
import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import { writeDurably } from '../../platform/files/write-durably.ts';
import { findApi } from '../api/find-api.ts';
import { parseCommandLine } from '../command-line.ts';
import { loadConfig } from '../config.ts';
import { configText } from '../config-text.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { homeFolder } from '../home-folder.ts';
import { chooseKey } from '../keys/choose-key.ts';
import { openOutput } from '../open-output.ts';
import { openSessionOf } from '../session.ts';
import { askText } from '../terminal/ask.ts';

const FLAGS = {
  url: 'string',
  keyfile: 'string',
  keyid: 'string',
  o: 'string',
  overwrite: 'boolean',
} as const;

/**
 * `mig config init`: finds the API and the investigator's key, writes the configuration, and makes one request with it.
 * Asks on a terminal for what no flag says.
 */
export async function configInitCommand(args: readonly string[]): Promise<number> {
  const { options, value, isOn } = parseCommandLine(args, {
    usage: USAGES['config init'],
    flags: FLAGS,
    words: [0, 0],
  });
  const keyId = checkedKeyId(value('keyid'));
  const file = resolve(value('o') ?? options.configFile ?? join(homeFolder(), '.migrc'));
  if (existsSync(file) && !isOn('overwrite'))
    throw new MigError('usage', `${file} exists: -overwrite replaces it, -o writes another file`);
  const output = openOutput();
  const apiUrl = await findApi(value('url') ?? (await askText('address of the API', { flag: '-url' })));
  output.note(`the API is ${apiUrl}`);
  const key = await chooseKey({ keyFile: value('keyfile'), keyId }, output);
  writeDurably(file, configText({ apiUrl, ...key }));
  output.note(`wrote ${file}`);
  try {
    const session = await openSessionOf(loadConfig(file), options, { retryMs: 0 });
    await session.api.call(getDashboard, {});
  } catch (error) {
    output.note(whyRefused(error, key.keyId));
    return exitCodeOf(error);
  }
  output.note('the API accepts the key: mig agents lists the agents, mig help shows what you can ask them');
  return EXIT.ok;
}

function checkedKeyId(text: string | undefined): string | undefined {
  if (text !== undefined && !/^[0-9A-Fa-f]{40}$/.test(text))
    throw new MigError('usage', '-keyid needs the fingerprint of the primary key: 40 hex digits');
  return text?.toUpperCase();
}

/** A key that the platform does not know is the usual case: an administrator adds it. */
function whyRefused(error: unknown, keyId: string): string {
  if (errorCode(error) !== 'unauthorized') return `the first request failed: ${errorMessage(error)}`;
  return `the API does not accept the key ${keyId}: ${errorMessage(error)}; give its public key to an administrator of the platform, who adds you as an investigator`;
}
