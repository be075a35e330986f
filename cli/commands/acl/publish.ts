import { publishAcl } from '../../../contract/api/inbox.ts';
import { MigError } from '../../../contract/errors.ts';
import { MAX_ACL_BYTES, parsePublishedAcl, publishedAclText } from '../../../contract/published-acl.ts';
import { aclLines, changedLines } from '../../acl/acl-lines.ts';
import { findPublishedAcl, readAclFile } from '../../acl/find-acl.ts';
import { confirmSignature } from '../../action/review.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';

/** `mig acl publish <file>`: signs the ACL of the agents, and shows it to everybody through the platform. */
export async function publishAclCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['acl publish'],
    allowed: ['y'],
    words: [1, 1],
  });
  const { acl, text } = readAclFile(words[0] ?? '');
  const session = await openSession(options);
  const { api, output, signer } = session;
  const published = await findPublishedAcl(api);
  const before = published === undefined ? undefined : parsePublishedAcl(published.document);
  const version = (before?.version ?? 0) + 1;
  const document = publishedAclText({ version, aclFile: text });
  if (Buffer.byteLength(document) > MAX_ACL_BYTES) {
    throw new MigError('usage', `${words[0]}: is over ${MAX_ACL_BYTES} bytes`);
  }
  const changes = before === undefined ? aclLines(acl) : changedLines(before.acl, acl);
  if (changes.length === 0) {
    output.note(`version ${before?.version} is this ACL already: nothing was published`);
    return EXIT.ok;
  }
  output.note(
    `version ${version}${before === undefined ? '' : `, changed since version ${before.version}:`}`,
  );
  for (const line of changes) output.note(`  ${line}`);
  if (!(await confirmSignature(session))) return EXIT.cancelled;
  const signature = await signer.sign(document);
  const { acl: view } = await api.call(publishAcl, { acl: document, signature });
  output.answer(`version ${view.version} of the ACL published`);
  output.note('agents go on with their own: give the file to them, too');
  return EXIT.ok;
}
