import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Signers } from '../../../../cli/keys/signers.ts';
import { openSeenQuestions } from '../../../../cli/questions/seen.ts';
import { verifyEach } from '../../../../cli/questions/shown-question.ts';
import { verifyQuestion } from '../../../../cli/questions/verify-question.ts';
import { type Question, questionDigest, questionText } from '../../../../contract/question/document.ts';
import type { QuestionView } from '../../../../contract/question/view.ts';
import { generateSigningKey } from '../../../../platform/openpgp/generate.ts';
import { readKeyring } from '../../../../platform/openpgp/keyring.ts';
import { createSigner, type Signer } from '../../../../platform/openpgp/sign.ts';
import { QUESTION } from '../../../setup/questions.ts';

const execFileAsync = promisify(execFile);

let bob: Signer;
let stranger: Signer;
let signers: Signers;
const folder = mkdtempSync(join(tmpdir(), 'mig-seen-'));

beforeAll(async () => {
  const create = async (name: string) =>
    createSigner((await generateSigningKey(name, `${name}@mig.invalid`)).privateKey);
  [bob, stranger] = [await create('bob'), await create('stranger')];
  const { keyring } = await readKeyring([{ armored: bob.publicKey }]);
  signers = { keyring, nameOf: () => 'Bob Kelso', reasonForOthers: 'not known here' };
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A version as the API shows it. */
async function shown(change: Partial<Question> = {}, by = bob): Promise<QuestionView> {
  const document = questionText({ ...QUESTION, ...change });
  return {
    name: QUESTION.name,
    version: change.version ?? 1,
    document,
    signature: await by.sign(document),
    savedat: '2027-01-01T00:00:00Z',
    savedby: { name: 'whoever the API says', fingerprint: null },
    removed: null,
  };
}

const newest = { name: QUESTION.name, version: undefined };

describe('a version', () => {
  test('counts when a known person has signed its text, whoever the API says has saved it', async () => {
    expect(await verifyQuestion(await shown(), signers, newest)).toMatchObject({
      question: QUESTION,
      author: 'Bob Kelso',
      fingerprint: bob.fingerprint,
      digest: questionDigest(questionText(QUESTION)),
    });
  });

  test('whose text was changed is refused', async () => {
    const view = await shown();
    const document = view.document.replace('"/etc"', '"/root"');
    await expect(verifyQuestion({ ...view, document }, signers, newest)).rejects.toMatchObject({
      code: 'signature_wrong',
      message: expect.stringContaining('it is not over this text'),
    });
  });

  test('by a stranger is refused', async () => {
    await expect(verifyQuestion(await shown({}, stranger), signers, newest)).rejects.toMatchObject({
      code: 'signature_wrong',
      message: expect.stringContaining('not known here'),
    });
  });

  test('of another question or in the place of another version is refused', async () => {
    const older = { ...(await shown({ version: 1 })), version: 2 };
    for (const [view, wanted] of [
      [await shown({ name: 'other' }), newest],
      [older, newest],
      [await shown({ version: 1 }), { ...newest, version: 2 }],
    ] as const) {
      await expect(verifyQuestion(view, signers, wanted)).rejects.toThrow('the API shows version');
    }
  });

  test('that is signed, and no question, is refused', async () => {
    const document = JSON.stringify({ mig: 'inbox note', digest: 'a'.repeat(64), agents: 1, sample: [] });
    const view = { ...(await shown()), document, signature: await bob.sign(document) };
    await expect(verifyQuestion(view, signers, newest)).rejects.toThrow('question: ');
  });

  test('that does not count hides no other one of a list', async () => {
    const views = [await shown({}, stranger), await shown()];
    const each = await verifyEach(views, signers);
    expect(each.map(({ verified, problem }) => [verified?.author, problem])).toEqual([
      [undefined, expect.stringContaining('not known here')],
      ['Bob Kelso', undefined],
    ]);
  });
});

describe('what was seen', () => {
  const digest = (letter: string) => letter.repeat(64);
  const file = join(folder, 'migrc.questions');
  const seen = () => openSeenQuestions(file);
  const note = (line: string) => expect.fail(line);

  test('is kept for this user alone, and refuses an older version as the newest', async () => {
    const first = seen();
    first.keep('passwd', { version: 3, digest: digest('a') });
    first.keep('passwd', { version: 2, digest: digest('b') });
    await first.save(note);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(() => seen().requireNewest('passwd', { version: 2, digest: digest('b') })).toThrow(
      'the API shows version 2 of passwd as the newest, and you have seen version 3',
    );
    seen().requireNewest('passwd', { version: 3, digest: digest('a') });
    seen().requireNewest('passwd', { version: 4, digest: digest('c') });
    seen().requireNewest('other', { version: 1, digest: digest('c') });
  });

  test('refuses another text of the same version', () => {
    for (const check of ['requireNewest', 'requireSame'] as const) {
      expect(() => seen()[check]('passwd', { version: 3, digest: digest('f') })).toThrow(
        'another text of version 3',
      );
    }
    seen().requireSame('passwd', { version: 2, digest: digest('f') });
  });

  test('is not lost when two programs see questions at once', async () => {
    const [one, other] = [seen(), seen()];
    one.keep('first', { version: 2, digest: digest('a') });
    await one.save(note);
    other.keep('second', { version: 1, digest: digest('b') });
    other.keep('first', { version: 1, digest: digest('c') });
    await other.save(note);
    expect(seen().names()).toEqual(expect.arrayContaining(['first', 'second']));
    expect(() => seen().requireNewest('first', { version: 1, digest: digest('c') })).toThrow(
      'seen version 2',
    );
  });

  test('has only names that are safe to complete in a shell', () => {
    const entry = { version: 1, digest: digest('a') };
    writeFileSync(file, JSON.stringify({ good: entry, '$(id)': entry, 'a b': entry, '-x': entry }));
    expect(seen().names()).toEqual(['good']);
  });

  test('is refused when it cannot be read, and not written when nothing has changed', async () => {
    writeFileSync(file, 'odd');
    expect(seen).toThrow(file);
    writeFileSync(file, '{}');
    await seen().save(note);
    expect(readFileSync(file, 'utf8')).toBe('{}');
  });

  test('keeps what several processes save at the same time', async () => {
    const shared = join(folder, 'shared.questions');
    const code = `
      import { openSeenQuestions } from '${new URL('../../../../cli/questions/seen.ts', import.meta.url)}';
      const [file, name] = process.argv.slice(1);
      for (let version = 1; version <= 20; version++) {
        const seen = openSeenQuestions(file);
        seen.keep(name + version, { version, digest: '${digest('a')}' });
        await seen.save((line) => console.error(line));
      }`;
    const programs = ['one', 'other'].map((name) =>
      execFileAsync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code, shared, name]),
    );
    for (const { stderr } of await Promise.all(programs)) expect(stderr).toBe('');
    expect(openSeenQuestions(shared).names()).toHaveLength(40);
  });
});
