import { MigError } from '../../../contract/errors.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { findManifest } from '../../manifest/load-manifest.ts';
import { openSession } from '../../session.ts';
import { confirm } from '../../terminal/ask.ts';

const CHANGES = {
  reset: { status: 'staged', question: 'remove all signatures of', effect: 'staged, without signatures' },
  disable: { status: 'disabled', question: 'disable for good', effect: 'disabled for good' },
} as const;

/** `mig manifests reset|disable <manifest>`. */
export async function manifestStatusCommand(
  verb: keyof typeof CHANGES,
  args: readonly string[],
): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES[`manifests ${verb}`],
    allowed: ['y'],
    words: [1, 1],
  });
  const { api, output } = await openSession(options);
  const { id, name, status: before } = await findManifest(api, words[0] ?? '');
  if (before === 'disabled')
    throw new MigError('conflict', `manifest ${id} (${name}) is disabled for good already`);
  const { status, question, effect } = CHANGES[verb];
  if (!(await confirm(`${question} manifest ${id} (${name})?`, options))) return EXIT.cancelled;
  await api.post('manifest/status/', { manifestid: String(id), status });
  output.answer(`manifest ${id} (${name}) is ${effect}`);
  return EXIT.ok;
}
