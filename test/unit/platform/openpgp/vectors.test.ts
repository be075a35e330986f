import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAction } from '../../../../contract/action.ts';
import { signedText, signedTexts } from '../../../../contract/rules/signed-text.ts';
import { readKeyring } from '../../../../platform/openpgp/keyring.ts';
import { verifySignatures } from '../../../../platform/openpgp/verify.ts';

const DIR = new URL('../../../fixtures/vectors/', import.meta.url);
const files = readdirSync(DIR);

for (const file of files.filter((name) => name.endsWith('.json'))) {
  const vector = JSON.parse(readFileSync(new URL(file, DIR), 'utf8'));

  test(`the signed text of vector ${file} is byte for byte the one that MIG signed`, () => {
    const action = parseAction(vector.wire_json);
    const bytes = readFileSync(new URL(file.replace('.json', '.signed.bin'), DIR));
    expect(Buffer.from(signedText(action)).equals(bytes)).toBe(true);
  });

  test(`the signatures of vector ${file} verify and name their signers`, async () => {
    const action = parseAction(vector.wire_json);
    const armored = files
      .filter((name) => name.endsWith('.asc'))
      .map((name) => readFileSync(new URL(name, DIR), 'utf8'));
    const { keyring } = await readKeyring(armored.map((key) => ({ armored: key })));
    const signers = await verifySignatures(signedTexts(action), action.pgpsignatures, {
      keyring,
      nowMs: Date.now(),
    });
    expect(signers.map((fingerprint) => fingerprint.toLowerCase())).toEqual(vector.fingerprints);
  });
}
