import { type Mutation, services, unit } from './mutation.ts';

export const INBOX_MUTATIONS: readonly Mutation[] = [
  {
    name: 'the inbox launches without the weight of the ACL',
    file: 'contract/rules/inbox.ts',
    find: 'return acl === undefined || isAllowed(acl, { modules, fingerprints });',
    replace: 'return acl === undefined || isAllowed(acl, { modules, fingerprints }) || true;',
    caughtBy: unit('contract/rules/inbox.test.ts', 'with an ACL the weight decides'),
  },
  {
    name: 'one signer is enough for the inbox',
    file: 'contract/rules/inbox.ts',
    find: 'if (fingerprints.length < signersNeeded(acl, signersWanted)) return false;',
    replace: 'if (fingerprints.length < signersNeeded(acl, signersWanted) - 9) return false;',
    caughtBy: unit('contract/rules/inbox.test.ts', 'without an ACL two must sign'),
  },
  {
    name: 'another text shown than the first signer submitted',
    file: 'cli/inbox/verify-entry.ts',
    find: 'if (read.digest !== digest) {',
    replace: 'if (read.digest === undefined) {',
    caughtBy: unit('cli/inbox/verify-entry.test.ts', 'a note about another action is refused'),
  },
  {
    name: 'notes of people who have not signed the action accepted',
    file: 'cli/inbox/verify-entry.ts',
    find: 'if (!fingerprints.includes(submitter)) {',
    replace: 'if (fingerprints.length === 0) {',
    caughtBy: unit('cli/inbox/verify-entry.test.ts', 'has not signed the action, is refused'),
  },
  {
    name: 'signatures of others added to the inbox',
    file: 'api/auth/own-signature.ts',
    find: 'if (signer === fingerprint) return signer;',
    replace: 'if (signer !== "") return signer;',
    caughtBy: services('integration/inbox-refusals.test.ts', 'when its signer sends it'),
  },
  {
    name: 'signatures of disabled investigators launched',
    file: 'api/inbox/launch-entry.ts',
    find: 'if (row.counts && (await isBy(row, texts, { keyring: keys.keyring, nowMs }))) counted.push(row);',
    replace: 'counted.push(row);\n    await isBy(row, texts, { keyring: keys.keyring, nowMs });',
    caughtBy: services('integration/inbox-refusals.test.ts', 'while its signer is active'),
  },
  {
    name: 'declined and withdrawn actions launched as files',
    file: 'api/actions/store-action.ts',
    find: "if (entry?.state === 'declined' || entry?.state === 'withdrawn') {",
    replace: 'if (entry?.id === -1) {',
    caughtBy: services('integration/inbox-endings.test.ts', 'a withdrawn action is not launched'),
  },
  {
    name: 'ACLs of other signers published',
    file: 'api/inbox/published-acl.ts',
    find: 'await verifyOwnSignature(',
    replace: 'void (',
    caughtBy: services('integration/inbox-acl.test.ts', 'by an administrator, who has signed it'),
  },
];
