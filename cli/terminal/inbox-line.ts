import type { InboxEntryView } from '../../contract/inbox/entry.ts';
import { countOf } from '../../contract/text/count-of.ts';

/** What an entry of the inbox lacks, as the API says: `file has weight 1 of 2`, `1 of 2 signers`. */
export function lackOf({ signers, signersneeded, weights }: InboxEntryView): string {
  const counted = signers.filter(({ counts }) => counts).length;
  const lacks = (weights ?? []).flatMap(({ module, needed, has }) => {
    if (needed === null) return [`${module} may be run by nobody`];
    return has < needed ? [`${module} has weight ${has} of ${needed}`] : [];
  });
  if (counted < signersneeded) lacks.unshift(`${counted} of ${countOf(signersneeded, 'signer')}`);
  return lacks.length === 0 ? 'nothing is missing' : lacks.join(', ');
}
