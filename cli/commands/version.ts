import { MigError } from '../../contract/errors.ts';
import { VERSION } from '../../contract/version.ts';
import { parseGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';

/** `mig version`, also -V and --version. */
export function versionCommand(args: readonly string[]): number {
  const [word] = parseGlobalOptions(args, {}).rest;
  if (word !== undefined)
    throw new MigError('usage', `${USAGES.version}; unexpected word ${JSON.stringify(word)}`);
  process.stdout.write(`${VERSION}\n`);
  return EXIT.ok;
}
