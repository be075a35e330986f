import type { Signer } from '../platform/openpgp/sign.ts';
import { type ApiClient, createApiClient } from './api/api-client.ts';
import type { GlobalOptions } from './arguments.ts';
import { type CliConfig, loadConfig, terminalEnvironment } from './config.ts';
import { loadSigner } from './keys/signer.ts';
import { createOutput, type Output } from './terminal/output.ts';

/** What every command of the tool needs: who the investigator is, and where the API. */
export interface CliSession {
  config: CliConfig;
  signer: Signer;
  api: ApiClient;
  output: Output;
  options: GlobalOptions;
}

export const VERSION = '0.1.0';

export async function openSession(options: GlobalOptions): Promise<CliSession> {
  const config = loadConfig(options.configFile);
  const signer = await loadSigner(config);
  const output = openOutput();
  const trace = options.verbose ? output.say : undefined;
  const api = createApiClient({
    apiUrl: config.apiUrl,
    signer,
    version: VERSION,
    say: output.say,
    ...(trace ? { trace } : {}),
  });
  return { config, signer, api, output, options };
}

/** Where this process writes: every line of it goes through here. */
export function openOutput(): Output {
  return createOutput(process.stdout, process.stderr, terminalEnvironment());
}
