import { beforeAll, expect, test } from 'vitest';
import { verifyEntry } from '../../../../cli/inbox/verify-entry.ts';
import type { Signers } from '../../../../cli/keys/signers.ts';
import { type Action, readAction } from '../../../../contract/action.ts';
import { actionDigest, noteText } from '../../../../contract/inbox/note.ts';
import { signedText } from '../../../../contract/rules/signed-text.ts';
import { generateSigningKey } from '../../../../platform/openpgp/generate.ts';
import { readKeyring } from '../../../../platform/openpgp/keyring.ts';
import { createSigner, type Signer } from '../../../../platform/openpgp/sign.ts';

let john: Signer;
let bob: Signer;
let stranger: Signer;
let signers: Signers;

beforeAll(async () => {
  const people = await Promise.all(
    ['john', 'bob', 'stranger'].map((name) => generateSigningKey(name, `${name}@mig.invalid`)),
  );
  [john, bob, stranger] = (await Promise.all(people.map(({ privateKey }) => createSigner(privateKey)))) as [
    Signer,
    Signer,
    Signer,
  ];
  const { keyring } = await readKeyring([john, bob].map(({ publicKey }) => ({ armored: publicKey })));
  signers = { keyring, nameOf: () => 'somebody', reasonForOthers: 'not known here' };
});

const action = (name: string): Action =>
  readAction({
    name,
    target: 'true',
    validfrom: '2027-01-01T00:00:00Z',
    expireafter: '2027-01-02T00:00:00Z',
    operations: [{ module: 'file', parameters: {} }],
    syntaxversion: 2,
  });

/** An entry as the API shows it: `shown` signed by some, with a note about `noted`. */
async function shown({
  signedBy,
  signed = 'a',
  noted = 'a',
  noteBy = john,
}: {
  signedBy: readonly Signer[];
  signed?: string;
  noted?: string;
  noteBy?: Signer;
}) {
  const document = noteText({ digest: actionDigest(action(noted)), agents: 1, sample: [] });
  const pgpsignatures = await Promise.all(signedBy.map((by) => by.sign(signedText(action(signed)))));
  return {
    action: { ...action('a'), pgpsignatures },
    note: { document, signature: await noteBy.sign(document) },
  } as unknown as Parameters<typeof verifyEntry>[0];
}

test('an entry that its first signer signed is accepted, with all whose signatures are good', async () => {
  const verified = await verifyEntry(await shown({ signedBy: [john, bob, bob] }), signers);
  expect(verified).toMatchObject({
    digest: actionDigest(action('a')),
    submitter: john.fingerprint,
    fingerprints: [john.fingerprint, bob.fingerprint],
    note: { agents: 1 },
  });
});

test('a signature by a key that is not known does not count, and hinders nobody', async () => {
  const { fingerprints, signatures } = await verifyEntry(
    await shown({ signedBy: [john, stranger] }),
    signers,
  );
  expect(fingerprints).toEqual([john.fingerprint]);
  expect(signatures[1]).toMatch(/^somebody who does not count: .*: not known here$/);
});

test('another text than the one that was signed is refused', async () => {
  await expect(verifyEntry(await shown({ signedBy: [john], signed: 'b' }), signers)).rejects.toThrow(
    'a signature of this entry is not over the action that the API shows',
  );
});

test('a note about another action is refused', async () => {
  await expect(verifyEntry(await shown({ signedBy: [john], noted: 'b' }), signers)).rejects.toThrow(
    'the API shows another action than the one that its first signer submitted',
  );
});

test('a note by somebody who is not known, or has not signed the action, is refused', async () => {
  await expect(verifyEntry(await shown({ signedBy: [john], noteBy: stranger }), signers)).rejects.toThrow(
    /the note of the first signer does not count: .*: not known here/,
  );
  await expect(verifyEntry(await shown({ signedBy: [john], noteBy: bob }), signers)).rejects.toThrow(
    'wrote the note of this action, and has not signed it',
  );
});
