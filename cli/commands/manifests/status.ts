import { parseCommandLine } from '../../command-line.ts';
import { USAGES } from '../../help/usages.ts';
import { findManifest } from '../../manifest/load-manifest.ts';
import { setManifestStatus } from '../../manifest/set-status.ts';
import { openSession } from '../../session.ts';

const STATUSES = { reset: 'staged', disable: 'disabled' } as const;

/** `mig manifests reset|disable <manifest>`. */
export async function manifestStatusCommand(
  verb: keyof typeof STATUSES,
  args: readonly string[],
): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES[`manifests ${verb}`],
    allowed: ['y'],
    words: [1, 1],
  });
  const session = await openSession(options);
  return setManifestStatus(session, await findManifest(session.api, words[0] ?? ''), STATUSES[verb]);
}
