import { statSync } from 'node:fs';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { createReader } from '../../client/reader.ts';
import { MigError } from '../../contract/errors.ts';
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

/** Without TLS everybody on the way could read the key. */
function parseUrl(text: string): string {
  if (!URL.canParse(text)) {
    throw new MigError('usage', `'${text}' is no address of an API, such as https://mig.example.net/api/v1/`);
  }
  const { protocol, hostname, username, search, hash } = new URL(text);
  const isOnThisMachine = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && isOnThisMachine)) {
    throw new MigError('usage', `'${text}' must begin with https://: the API key travels with every request`);
  }
  if (username !== '' || search !== '' || hash !== '') {
    throw new MigError('usage', 'the address of the API must have no user, no ? and no #');
  }
  return text.endsWith('/') ? text : `${text}/`;
}
