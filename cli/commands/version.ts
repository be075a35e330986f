import { MigError } from '../../contract/errors.ts';
import { VERSION } from '../../contract/version.ts';
import { parseGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';

/** `mig version`, also -V and --version. */
export async function versionCommand(args: readonly string[]): Promise<number> {
  const [word] = parseGlobalOptions(args, {}).rest;
  if (word !== undefined) {
    const { USAGES } = await import('../help/usages.ts');
    throw new MigError('usage', `${USAGES.version}; unexpected word ${JSON.stringify(word)}`);
  }
  process.stdout.write(`${VERSION}\n`);
  return EXIT.ok;
}
