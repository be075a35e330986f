import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { parseCommandLine } from '../command-line.ts';
import { ownGnupgHome } from '../config.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { readPublicKeyOf } from '../keys/public-key.ts';
import { openOutput } from '../open-output.ts';
import { askText } from '../terminal/ask.ts';

/**
 * `mig bootstrap`: makes the first administrator. Runs the platform's own program beside this one, which writes to the
 * database: the API knows no key yet that could authorise the request.
 */
export async function bootstrapCommand(args: readonly string[]): Promise<number> {
  const { options, value } = parseCommandLine(args, {
    usage: USAGES.bootstrap,
    flags: { name: 'string', key: 'string' },
    words: [0, 0],
  });
  const root = platformRoot();
  const name = value('name') ?? (await askText('name of the first administrator', { flag: '-name' }));
  const question = 'public key: a file, or a fingerprint in your GnuPG';
  const word = value('key') ?? (await askText(question, { flag: '-key' }));
  const { armored, fingerprint } = await readPublicKeyOf(word, ownGnupgHome(options.configFile));
  const status = await runPlatformBootstrap(root, { name, armored });
  if (status === EXIT.ok)
    openOutput().note(`with the key ${fingerprint}, mig config init writes a configuration and tries it`);
  return status;
}

/** The folder of the platform that this program belongs to. */
function platformRoot(): string {
  const root = join(dirname(ownFile()), '..');
  if (existsSync(join(root, 'api', 'bootstrap.ts'))) return root;
  throw new MigError(
    'usage',
    'mig bootstrap runs only where the platform is installed, with the URL of its database',
  );
}

/** The file of this program. A single executable names one that is within it, on no disk. */
function ownFile(): string {
  const [, file = process.execPath] = process.argv;
  try {
    return realpathSync(file);
  } catch {
    return process.execPath;
  }
}

function runPlatformBootstrap(
  root: string,
  { name, armored }: { name: string; armored: string },
): Promise<number> {
  const script = ['--import', 'tsx', join('api', 'bootstrap.ts'), `--name=${name}`, '--key=-'];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, script, { cwd: root, stdio: ['pipe', 'inherit', 'inherit'] });
    // A program that ends early does not read its input; its status shows why.
    child.stdin.on('error', () => {});
    child.stdin.end(armored);
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? EXIT.error));
  });
}
