import { MigError } from '../../../contract/errors.ts';
import { parseCommandLine } from '../../command-line.ts';
import { ownGnupgHome } from '../../config.ts';
import { USAGES } from '../../help/usages.ts';
import { loadKeyFiles, loadOwnKeys } from '../../keys/signers.ts';
import { openOutput } from '../../open-output.ts';
import { verifyFile } from '../verify.ts';

/** `mig action verify`: as `mig verify`, with keys of the investigator's own and without a server. */
export async function verifyActionCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES['action verify'];
  const { options, words, value } = parseCommandLine(args, {
    usage,
    flags: { a: 'string', keys: 'string', acl: 'string', conf: 'string' },
    words: [0, 1],
  });
  // As in MIG's verifier, -c is a command, and -conf the configuration.
  const files = [words[0], value('a'), options.configFile].filter((file) => file !== undefined);
  const [file, second] = files;
  if (file === undefined || second !== undefined) throw new MigError('usage', usage);
  const keys = value('keys');
  const output = openOutput();
  const aclFile = value('acl');
  const status = await verifyFile(file, output, {
    aclFile,
    loadSigners: (action) =>
      keys === undefined ? loadOwnKeys(ownGnupgHome(value('conf')), action) : loadKeyFiles(keys, output),
  });
  if (aclFile === undefined)
    output.note('how much weight each signer has is in the ACL of the agents: give it with -acl');
  return status;
}
