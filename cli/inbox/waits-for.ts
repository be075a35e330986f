import type { InboxEntryView } from '../../contract/inbox/entry.ts';
import type { Acl } from '../../contract/rules/acl.ts';
import { addsWeight, weightsFor } from '../../contract/rules/acl-weights.ts';
import { TURNS, type Turn } from '../records/inbox-tables.ts';

/** Whose turn an entry is for the investigator with this key. Without an ACL everybody's signature counts. */
export function turnOf(entry: InboxEntryView, acl: Acl | undefined, fingerprint: string): Turn {
  if (entry.submittedby.fingerprint === fingerprint) return 'submitted by you';
  if (entry.signers.some((signer) => signer.fingerprint === fingerprint)) return 'signed by you';
  const counted = entry.signers.filter(({ counts }) => counts);
  if (acl === undefined || counted.length < entry.signersneeded) return 'yours to sign';
  const fingerprints = counted.map((signer) => signer.fingerprint);
  const weights = weightsFor(acl, { modules: entry.modules, fingerprints });
  return addsWeight(weights, fingerprint) ? 'yours to sign' : 'for others';
}

/** Entries in the order of their turns; those of one turn keep their order. */
export function byTurn<Entry extends { turn: Turn }>(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((one, other) => TURNS.indexOf(one.turn) - TURNS.indexOf(other.turn));
}
