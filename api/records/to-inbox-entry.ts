import type { z } from 'zod';
import type { InboxEntryView } from '../../contract/inbox/entry.ts';
import { parseNote } from '../../contract/inbox/note.ts';
import type { PublishedAcl } from '../../contract/published-acl.ts';
import { weightsFor } from '../../contract/rules/acl-weights.ts';
import { signersNeeded } from '../../contract/rules/inbox.ts';
import type { InboxRow } from '../../platform/postgres/queries/inbox/entries.ts';
import type { InboxSignatureRow } from '../../platform/postgres/queries/inbox/signatures.ts';

interface InboxDetails {
  signatures: readonly InboxSignatureRow[];
  acl: PublishedAcl | undefined;
}

/** The record of an entry of the inbox. */
export function toInboxEntry(
  row: InboxRow,
  { signatures, acl }: InboxDetails,
): z.input<typeof InboxEntryView> {
  const { id, state, name, target, modules, validfrom, expireafter, digest } = row;
  const { submittedat, actionid, reason, endedat } = row;
  const signers = signatures.map(({ name: signer, fingerprint, signedat, counts }) => ({
    name: signer,
    fingerprint,
    signedat,
    counts,
  }));
  return {
    id,
    state,
    name,
    target,
    modules,
    validfrom,
    expireafter,
    digest,
    submittedby: { name: row.submittername, fingerprint: row.submitterfingerprint },
    submittedat,
    signers,
    signersneeded: signersNeeded(acl?.acl, parseNote(row.note).signers),
    weights: weightsNow(modules, { signatures, acl }),
    actionid,
    reason,
    endedby: row.endername === null ? null : { name: row.endername, fingerprint: row.enderfingerprint },
    endedat,
  };
}

function weightsNow(modules: readonly string[], { signatures, acl }: InboxDetails) {
  if (acl === undefined) return null;
  const fingerprints = signatures.filter(({ counts }) => counts).map(({ fingerprint }) => fingerprint);
  return weightsFor(acl.acl, { modules, fingerprints }).map(({ module, needed, has }) => ({
    module,
    needed,
    has,
  }));
}
