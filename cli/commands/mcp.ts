import { statSync } from 'node:fs';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { createReader } from '../../client/reader.ts';
import { MigError } from '../../contract/errors.ts';
import { VERSION } from '../../contract/version.ts';
import { readBoundedText } from '../../platform/files/read-text.ts';
import { parseCommandLine } from '../command-line.ts';
import { loadConfig } from '../config.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { createMcpServer } from '../mcp/mcp-server.ts';
import { openOutput } from '../session.ts';

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
    apiUrl: value('url') === undefined ? loadConfig(options.configFile).apiUrl : parseUrl(value('url') ?? ''),
    apiKey: readApiKey(file),
    version: VERSION,
  });
  const { note } = openOutput();
  const handle = serveStdio(() => createMcpServer(reader, Date.now), {
    onerror: (error) => note(`mcp: ${error.message}`),
  });
  note('serving the Model Context Protocol on stdin and stdout');
  await new Promise((resolve) => process.stdin.once('close', resolve));
  await handle.close();
  return EXIT.ok;
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
  throw new MigError('config_invalid', `${file} has no API key: mig investigators apikey <id> new makes one`);
}

function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new MigError('usage', `-url: '${text}' is no address, such as https://mig.example.net/api/v1/`);
  }
  return text.endsWith('/') ? text : `${text}/`;
}
