import { expect, test } from 'vitest';
import { lookUpHosts } from '../../../../modules/example/look-up-hosts.ts';
import { NO_TERMS } from '../../../../modules/module.ts';

const ADDRESSES = ['192.0.2.1'];

/** Stands for the resolver of the machine: knows every name but those below `.invalid`, and is slow for `slow`. */
async function lookUp(name: string): Promise<string[]> {
  if (name === 'slow') return new Promise(() => {});
  if (name.endsWith('.invalid')) throw new Error('not found');
  return ADDRESSES;
}

test('a name without an address is an error, and the others are still looked up', async () => {
  expect(await lookUpHosts({ names: ['a', 'b.invalid', 'c'], terms: NO_TERMS, lookUp })).toEqual({
    addresses: { a: ADDRESSES, c: ADDRESSES },
    errors: ['lookup of b.invalid failed: not found'],
    limits: [],
  });
});

test('a resolver that does not answer ends with the time of the run, and what was found stays', async () => {
  const terms = { ...NO_TERMS, endsAtMs: performance.now() + 500 };
  expect(await lookUpHosts({ names: ['a', 'slow', 'b', 'c'], terms, lookUp })).toEqual({
    addresses: { a: ADDRESSES },
    errors: ['lookup of slow failed: no answer in time'],
    limits: ['the time of the run was used up: 2 of 4 names are missing'],
  });
});

test('look-ups end before the result is too large', async () => {
  const names = Array.from({ length: 100 }, (_, index) => `host-${index}`);
  const found = await lookUpHosts({ names, terms: { ...NO_TERMS, maxBytes: 1000 }, lookUp });
  expect(JSON.stringify(found.addresses).length).toBeLessThan(1000);
  const missing = 100 - Object.keys(found.addresses).length;
  expect(found.limits).toEqual([`the room of the run was used up: ${missing} of 100 names are missing`]);
});
