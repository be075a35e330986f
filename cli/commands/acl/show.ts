import { MigError } from '../../../contract/errors.ts';
import { aclLines } from '../../acl/acl-lines.ts';
import { findPublishedAcl, verifyPublishedAcl } from '../../acl/find-acl.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { loadSigners } from '../../keys/signers.ts';
import { openSession } from '../../session.ts';

/** `mig acl show`: the published ACL, whose signature is verified here. */
export async function showAclCommand(args: readonly string[]): Promise<number> {
  const { options, value } = parseCommandLine(args, {
    usage: USAGES['acl show'],
    flags: { keys: 'string' },
    allowed: ['json'],
    words: [0, 0],
  });
  const session = await openSession(options);
  const view = await findPublishedAcl(session.api);
  if (view === undefined)
    throw new MigError('not_found', 'no ACL is published: mig acl publish <file> does it');
  const signers = await loadSigners(session, { pgpsignatures: [view.signature] }, value('keys'));
  const { acl, source } = await verifyPublishedAcl(view, signers);
  if (options.json) {
    session.output.json(JSON.stringify(acl));
    return EXIT.ok;
  }
  session.output.note(source);
  for (const line of aclLines(acl)) session.output.answer(line);
  return EXIT.ok;
}
