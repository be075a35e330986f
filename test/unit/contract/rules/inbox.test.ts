import { expect, test } from 'vitest';
import { mayLaunch, signersNeeded } from '../../../../contract/rules/inbox.ts';

const [BOB, JOHN] = ['B'.repeat(40), 'A'.repeat(40)];
const acl = (minimumweight: number) => ({
  default: {
    minimumweight,
    investigators: { bob: { fingerprint: BOB, weight: 2 }, john: { fingerprint: JOHN, weight: 1 } },
  },
});
const signed = (fingerprints: string[], signersWanted?: number) => ({
  modules: ['file'],
  fingerprints,
  signersWanted,
});

test('without an ACL two must sign, or as many as the submitter wants', () => {
  expect(signersNeeded(undefined, undefined)).toBe(2);
  expect(mayLaunch(undefined, signed([BOB]))).toBe(false);
  expect(mayLaunch(undefined, signed([BOB, JOHN]))).toBe(true);
  expect(mayLaunch(undefined, signed([BOB, JOHN], 3))).toBe(false);
});

test('with an ACL the weight decides, and the submitter can want more signers', () => {
  expect(mayLaunch(acl(2), signed([JOHN]))).toBe(false);
  expect(mayLaunch(acl(2), signed([BOB]))).toBe(true);
  expect(mayLaunch(acl(2), signed([BOB], 2))).toBe(false);
  expect(mayLaunch(acl(3), signed([BOB, JOHN], 2))).toBe(true);
  expect(mayLaunch(acl(4), signed([BOB, JOHN], 2))).toBe(false);
});

test('nothing is launched that nobody has signed, or with one key twice', () => {
  expect(mayLaunch(acl(1), signed([]))).toBe(false);
  expect(mayLaunch(acl(3), signed([BOB, BOB.toLowerCase()]))).toBe(false);
});
