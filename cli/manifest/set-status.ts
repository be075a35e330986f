import { setManifestStatus as setRoute } from '../../contract/api/manifests.ts';
import { MigError } from '../../contract/errors.ts';
import type { ManifestView } from '../../contract/manifest.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliSession } from '../session.ts';
import { confirm } from '../terminal/ask.ts';

const CHANGES = {
  staged: { question: 'remove all signatures of', effect: 'staged, without signatures' },
  disabled: { question: 'disable for good', effect: 'disabled for good' },
} as const;

/** Removes the signatures of a manifest, or disables it for good, after a question. Returns the exit code. */
export async function setManifestStatus(
  session: CliSession,
  { id, name, status: before }: ManifestView,
  status: keyof typeof CHANGES,
): Promise<number> {
  const { api, output } = session;
  if (before === 'disabled')
    throw new MigError('conflict', `manifest ${id} (${name}) is disabled for good already`);
  const { question, effect } = CHANGES[status];
  if (!(await confirm(`${question} manifest ${id} (${name})?`, session))) return EXIT.cancelled;
  await api.call(setRoute, { manifestid: id, status });
  output.answer(`manifest ${id} (${name}) is ${effect}`);
  return EXIT.ok;
}
