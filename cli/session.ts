import type { ClientOptions } from '../client/client.ts';
import type { Signer } from '../platform/openpgp/sign.ts';
import { type ApiClient, createApiClient } from './api/api-client.ts';
import { type CliConfig, loadConfig } from './config.ts';
import { loadSigner } from './keys/signer.ts';
import { openOutput } from './open-output.ts';
import type { GlobalOptions } from './options.ts';
import { type Asker, askSecret, TERMINAL } from './terminal/ask.ts';
import type { Output } from './terminal/output.ts';

/** The resources of a command: the investigator's key, the API, and the terminal. */
export interface CliSession {
  config: CliConfig;
  signer: Signer;
  api: ApiClient;
  output: Output;
  options: GlobalOptions;
  asker: Asker;
}

export function openSession(options: GlobalOptions): Promise<CliSession> {
  return openSessionOf(loadConfig(options.configFile), options, { askPassphrase: askOnTerminal() });
}

interface SessionLimits extends Pick<ClientOptions, 'retryMs' | 'signal'> {
  askPassphrase?: ((file: string) => Promise<string>) | undefined;
}

/** As `openSession`, with a configuration that was read before, and with limits of a connection. */
export async function openSessionOf(
  config: CliConfig,
  options: GlobalOptions,
  { askPassphrase, ...limits }: SessionLimits = {},
): Promise<CliSession> {
  const signer = await loadSigner({ ...config, askPassphrase });
  const output = openOutput();
  const api = createApiClient({
    url: config.apiUrl,
    sign: (text) => signer.sign(text),
    ...limits,
    note: output.note,
    trace: options.verbose ? output.note : undefined,
  });
  return { config, signer, api, output, options, asker: TERMINAL };
}
/** Undefined where nobody could answer. */
export function askOnTerminal(): ((file: string) => Promise<string>) | undefined {
  if (!TERMINAL.isPresent) return undefined;
  return (file) => askSecret(`passphrase of ${file}`, { flag: 'MIGPGPPASSPHRASE' });
}
