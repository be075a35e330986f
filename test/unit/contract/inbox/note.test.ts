import { expect, test } from 'vitest';
import { actionDigest, type InboxNote, noteText, parseNote } from '../../../../contract/inbox/note.ts';

const ACTION = {
  name: 'passwd',
  target: `status='online'`,
  validfrom: '2027-01-01T00:00:00Z',
  expireafter: '2027-01-01T01:00:00Z',
  operations: [{ module: 'file', parameters: { searches: {} } }],
};
const NOTE: InboxNote = {
  digest: actionDigest(ACTION),
  agents: 12,
  sample: [{ name: 'web1', queueloc: 'linux.web1.1' }],
  macro: 'allonline',
  why: 'ticket 5',
  signers: 3,
};

test('a note is read as it was written', () => {
  expect(parseNote(noteText(NOTE))).toEqual(NOTE);
  const { digest, agents, sample } = NOTE;
  expect(parseNote(noteText({ digest, agents, sample }))).toEqual({ digest, agents, sample });
});

test('the digest is that of the signed text: any change of it is another one', () => {
  const changes = [
    { name: 'other' },
    { target: 'true' },
    { validfrom: '2027-01-01T00:00:01Z' },
    { expireafter: '2027-01-01T01:00:01Z' },
    { operations: [{ module: 'file', parameters: {} }] },
  ];
  const digests = changes.map((change) => actionDigest({ ...ACTION, ...change }));
  expect(new Set([NOTE.digest, ...digests]).size).toBe(changes.length + 1);
});

test('what is no note is refused with its field', () => {
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ mig: 'published acl' }, /^note: mig/],
    [{ digest: 'x' }, /^note: digest/],
    [{ agents: -1 }, /^note: agents/],
    [{ sample: Array(6).fill(NOTE.sample[0]) }, /^note: sample/],
    [{ signers: 1 }, /^note: signers/],
    [{ signers: 17 }, /^note: signers/],
    [{ why: 'x'.repeat(1001) }, /^note: why/],
    [{ odd: 1 }, /^note: has no field 'odd'/],
  ];
  for (const [change, message] of cases) {
    const text = JSON.stringify({ ...JSON.parse(noteText(NOTE)), ...change });
    expect(() => parseNote(text), text).toThrow(message);
  }
  expect(() => parseNote(' '.repeat(17_000))).toThrow('note: is over 16384 bytes');
});
