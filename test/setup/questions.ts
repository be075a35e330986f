import { expect } from 'vitest';
import { type Question, questionDigest, questionText } from '../../contract/question/document.ts';
import type { ApiAnswer, ApiCaller } from '../../dev/api-caller.ts';
import { signText } from '../../platform/openpgp/sign.ts';

/** A question about files whose names match a pattern. */
export const QUESTION: Question = {
  name: 'passwd',
  version: 1,
  previous: null,
  comment: '',
  description: 'files below /etc by their name',
  parameters: [
    { name: 'name', type: 'regex', description: 'of the file', required: true, example: '^passwd$' },
    { name: 'path', type: 'path', description: 'a folder', required: false, default: '/etc' },
  ],
  operations: [
    {
      module: 'file',
      parameters: {
        searches: {
          s1: {
            paths: [{ $parameter: 'path' }],
            names: [{ $parameter: 'name' }],
            options: { maxdepth: 1, matchall: true },
          },
        },
      },
    },
  ],
};

/** Saves a version; the signer is the caller unless another one is given. */
export async function saveQuestion(
  by: ApiCaller,
  change: Partial<Question> = {},
  signer = by,
): Promise<ApiAnswer & { document: string }> {
  const document = questionText({ ...QUESTION, ...change });
  const signature = await signText(document, signer.key);
  return { ...(await by.form('/question/save/', { question: document, signature })), document };
}

/** Saves versions 1 to `count` of a question; returns their documents. */
export async function saveVersions(by: ApiCaller, name: string, count: number): Promise<string[]> {
  const documents: string[] = [];
  for (let version = 1; version <= count; version++) {
    const before = documents.at(-1);
    const previous = before === undefined ? null : questionDigest(before);
    const answer = await saveQuestion(by, { name, version, previous, comment: `version ${version}` });
    expect(answer.status, answer.text).toBe(201);
    documents.push(answer.document);
  }
  return documents;
}
