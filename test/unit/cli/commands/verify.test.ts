import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { verifyCommand } from '../../../../cli/commands/verify.ts';
import { parseAction } from '../../../../contract/action.ts';
import { signedText } from '../../../../contract/rules/signed-text.ts';
import { generateSigningKey } from '../../../../platform/openpgp/generate.ts';
import { createSigner, type Signer } from '../../../../platform/openpgp/sign.ts';

let folder: string;
let signers: [Signer, Signer];
let output: { answers: string; notes: string };

const action = {
  name: 'who has it',
  target: 'true',
  validfrom: new Date(Date.now() - 60_000).toISOString(),
  expireafter: new Date(Date.now() + 3_600_000).toISOString(),
  operations: [{ module: 'file', parameters: { searches: { s: { paths: ['/etc'], names: ['x'] } } } }],
};
const signed = async (...by: Signer[]) => {
  const text = signedText(parseAction(JSON.stringify(action)));
  return { ...action, pgpsignatures: await Promise.all(by.map((signer) => signer.sign(text))) };
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mig-verify-'));
  const keys = await Promise.all(
    ['Ann', 'Ben'].map((name) => generateSigningKey(name, `${name}@mig.invalid`)),
  );
  signers = (await Promise.all(keys.map(({ privateKey }) => createSigner(privateKey)))) as [Signer, Signer];
  mkdirSync(join(folder, 'keys', 'folder'), { recursive: true });
  writeFileSync(join(folder, 'keys', 'both.asc'), keys.map(({ publicKey }) => publicKey).join('\n'));
  writeFileSync(join(folder, 'keys', 'README'), 'no key');
  writeFileSync(join(folder, 'ann.asc'), keys[0]?.publicKey ?? '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  output = { answers: '', notes: '' };
  const keep = (where: keyof typeof output) => (text: unknown) => {
    output[where] += text;
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(keep('answers'));
  vi.spyOn(process.stderr, 'write').mockImplementation(keep('notes'));
});
afterEach(() => vi.restoreAllMocks());

async function verify(content: unknown, keys = 'keys') {
  const file = join(folder, 'action.json');
  writeFileSync(file, JSON.stringify(content));
  const status = await verifyCommand(['-keys', join(folder, keys), file]);
  return { status, ...output };
}
const validBy = (signer: Signer, name: string) =>
  `Valid signature by ${name} <${name}@mig.invalid> (${signer.fingerprint})\n`;

describe('offline, with a folder of public keys,', () => {
  test('an action without syntaxversion is verified, and files without a key are named', async () => {
    const { status, answers, notes } = await verify(await signed(...signers));
    expect({ status, answers }).toEqual({
      status: 0,
      answers: validBy(signers[0], 'Ann') + validBy(signers[1], 'Ben'),
    });
    expect(notes).toBe(`ignoring ${join(folder, 'keys', 'README')}: not an armored PGP public key\n`);
  });

  test('the action within a command, or within the output of mig --json, is verified', async () => {
    const one = { ...(await signed(signers[0])), syntaxversion: 2 };
    for (const file of [{ id: 1, action: one, agent: { name: 'a' }, status: 'success' }, { Action: one }]) {
      output = { answers: '', notes: '' };
      expect(await verify(file, 'ann.asc')).toEqual({
        status: 0,
        answers: validBy(signers[0], 'Ann'),
        notes: 'only the action is signed, not what else the file contains\n',
      });
    }
  });

  test.each([
    ['a stranger’s signature', (both: [Signer, Signer]) => signed(both[1]), 'has this fingerprint'],
    ['one signer twice', (both: [Signer, Signer]) => signed(both[0], both[0]), 'used to sign multiple times'],
    [
      'another name',
      async (both: [Signer, Signer]) => ({ ...(await signed(both[0])), name: 'x' }),
      'not over this text',
    ],
    [
      'another syntaxversion',
      async (both: [Signer, Signer]) => ({ ...(await signed(both[0])), syntaxversion: 1 }),
      'expected 2',
    ],
    ['no signature', () => signed(), 'pgpsignatures is empty'],
  ])('%s is an error, exit status 3', async (_, make, words) => {
    const { status, answers } = await verify(await make(signers), 'ann.asc');
    expect({ status, answers }).toEqual({ status: 3, answers: expect.stringContaining(words) });
    expect(answers).toContain('[error]');
  });

  test('a folder without keys is refused by name, as is a path that does not exist', async () => {
    await expect(verify(await signed(signers[0]), 'keys/folder')).rejects.toThrow('has no public key');
    await expect(verify(await signed(signers[0]), 'nowhere')).rejects.toThrow('nowhere: cannot be read');
  });
});

test('too many or too few words and flags are refused', async () => {
  await expect(verifyCommand(['-keys', 'a', '-keys=b', 'c'])).rejects.toThrow('-keys is given twice');
  for (const args of [[], ['a', 'b'], ['-unknown', 'a'], ['a', '-keys='], ['--', 'a']])
    await expect(verifyCommand(args), args.join(' ')).rejects.toThrow('usage: mig verify');
  await expect(verifyCommand(['a', '-keys'])).rejects.toThrow('flag needs an argument: -keys');
});
