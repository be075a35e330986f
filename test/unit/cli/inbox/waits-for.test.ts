import { expect, test } from 'vitest';
import { byTurn, turnOf } from '../../../../cli/inbox/waits-for.ts';
import { lackOf } from '../../../../cli/terminal/inbox-line.ts';
import type { InboxEntryView } from '../../../../contract/inbox/entry.ts';

const [BOB, JOHN, JANE] = ['B', 'A', 'C'].map((digit) => digit.repeat(40)) as [string, string, string];
const signer = (fingerprint: string, counts = true) => ({ name: 'x', fingerprint, signedat: '', counts });
const entry = (change: Partial<InboxEntryView>): InboxEntryView => ({
  id: 1,
  state: 'waiting',
  name: 'n',
  target: 'true',
  modules: ['file'],
  validfrom: '',
  expireafter: '',
  digest: '',
  submittedby: { name: 'John', fingerprint: JOHN },
  submittedat: '',
  signers: [signer(JOHN)],
  signersneeded: 1,
  weights: [{ module: 'file', needed: 2, has: 1 }],
  actionid: null,
  reason: null,
  endedby: null,
  endedat: null,
  ...change,
});
const ACL = {
  default: {
    minimumweight: 2,
    investigators: { bob: { fingerprint: BOB, weight: 1 }, john: { fingerprint: JOHN, weight: 1 } },
  },
};

test('an entry waits for those who have weight that is missing', () => {
  expect([BOB, JOHN, JANE].map((who) => turnOf(entry({}), ACL, who))).toEqual([
    'yours to sign',
    'submitted by you',
    'for others',
  ]);
});

test('without an ACL, or while signers are missing, it waits for everybody', () => {
  expect(turnOf(entry({}), undefined, JANE)).toBe('yours to sign');
  expect(turnOf(entry({ signersneeded: 2 }), ACL, JANE)).toBe('yours to sign');
});

test('whoever has signed it waits for others', () => {
  const signed = entry({ signers: [signer(JOHN), signer(JANE)], signersneeded: 3 });
  expect(turnOf(signed, ACL, JANE)).toBe('signed by you');
});

test('the own turns come first, and those of one turn keep their order', () => {
  const turns = ['for others', 'submitted by you', 'yours to sign', 'signed by you'] as const;
  const entries = turns.flatMap((turn) => [1, 2].map((id) => ({ id, turn })));
  expect(byTurn(entries).map(({ id, turn }) => `${turn} ${id}`)).toEqual(
    ['yours to sign', 'submitted by you', 'signed by you', 'for others'].flatMap((turn) =>
      [1, 2].map((id) => `${turn} ${id}`),
    ),
  );
});

test('what is missing counts only signers who may sign still', () => {
  expect(lackOf(entry({}))).toBe('file has weight 1 of 2');
  expect(
    lackOf(entry({ signers: [signer(JOHN), signer(BOB, false)], signersneeded: 2, weights: null })),
  ).toBe('1 of 2 signers');
  expect(lackOf(entry({ weights: [{ module: 'file', needed: null, has: 0 }] }))).toBe(
    'file may be run by nobody',
  );
  expect(lackOf(entry({ weights: [{ module: 'file', needed: 1, has: 1 }] }))).toBe('nothing is missing');
});
