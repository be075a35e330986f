import { statSync } from 'node:fs';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { createReader } from '../../client/reader.ts';
import { MigError } from '../../contract/errors.ts';
import { problemOfApiAddress, withoutUser } from '../../contract/rules/api-address.ts';
import { readBoundedText } from '../../platform/files/read-text.ts';
import { parseCommandLine } from '../command-line.ts';
import { loadConfig } from '../config.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { createMcpServer } from '../mcp/mcp-server.ts';
import { openOutput } from '../open-output.ts';

const MAX_KEY_BYTES = 4096;

/** `mig mcp`: serves the Model Context Protocol on stdin and stdout until stdin ends. It never loads a private key. */
export async function mcpCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES.mcp;
  const { options, value } = parseCommandLine(args, {
    usage,
    flags: { url: 'string', 'api-key-file': 'string' },
    words: [0, 0],
  });
  const file = value('api-key-file');
  if (file === undefined) throw new MigError('usage', `-api-key-file is missing; ${usage}`);
  const reader = createReader({
    url: parseUrl(value('url') ?? loadConfig(options.configFile).apiUrl),
    apiKey: readApiKey(file),
  });
  const { note } = openOutput();
  const handle = serveStdio(() => createMcpServer(reader, Date.now), {
    onerror: (error) => note(`mcp: ${error.message}`),
  });
  note('serving the Model Context Protocol on stdin and stdout');
  await stdinEnd();
  await handle.close();
  return EXIT.ok;
}

/** A pipe closes, a file only ends. */
async function stdinEnd(): Promise<void> {
  await new Promise((resolve) => process.stdin.once('end', resolve).once('close', resolve));
}

function readApiKey(file: string): string {
  const key = readBoundedText(file, MAX_KEY_BYTES).trim();
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new MigError(
      'config_invalid',
      `${file} contains a secret and must have mode 0600: chmod 600 ${file}`,
    );
  }
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new MigError(
    'config_invalid',
    `${file} has no API key: mig investigators apikey new <investigator> prints one`,
  );
}

function parseUrl(text: string): string {
  const problem = problemOfApiAddress(text, { secretOf: 'the API key' });
  if (problem !== undefined) throw new MigError('usage', `'${withoutUser(text)}' ${problem}`);
  return text.endsWith('/') ? text : `${text}/`;
}
