import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAdmission } from '../../../../api/limits/admission.ts';
import { MigError } from '../../../../contract/errors.ts';

const bad = async () => {
  throw new MigError('unauthorized', 'bad token');
};
const held = () => new Promise<string>(() => {});
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: MigError) => error.code,
  );

test('bad tokens from some addresses never block a good token from another', async () => {
  const attackers = fc.array(fc.ipV4(), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(attackers, fc.ipV4(), async (addresses, good) => {
      fc.pre(!addresses.includes(good));
      const admission = createAdmission({ maxRequests: 1, now: () => 0 });
      for (const address of addresses) {
        for (let i = 0; i < 20; i++)
          expect(await codeOf(admission.checkToken(address, bad))).toBe('unauthorized');
        for (let i = 0; i < 30; i++) void admission.checkToken(address, held).catch(() => {});
        expect(await codeOf(admission.checkToken(address, bad))).toBe('rate_limited');
      }
      expect(await codeOf(admission.checkToken(good, async () => 'ok'))).toBe('accepted');
    }),
    { numRuns: 20 },
  );
});

test('an address that sent bad tokens is admitted again after a minute', async () => {
  let nowMs = 0;
  const admission = createAdmission({ maxRequests: 1, now: () => nowMs });
  for (let i = 0; i < 20; i++) await codeOf(admission.checkToken('192.0.2.1', bad));
  for (let i = 0; i < 17; i++) void admission.checkToken('192.0.2.1', held);
  expect(await codeOf(admission.checkToken('192.0.2.1', async () => 'ok'))).toBe('rate_limited');
  nowMs = 60_001;
  expect(await codeOf(admission.checkToken('192.0.2.1', async () => 'ok'))).toBe('accepted');
});

test('anonymous bodies have a byte budget of their own', () => {
  const admission = createAdmission({ maxRequests: 1, now: () => 0 });
  admission.publicBodies.reserve(8 * 1024 * 1024);
  expect(() => admission.publicBodies.reserve(1)).toThrow(/too many bodies/);
  admission.bodies.reserve(128 * 1024 * 1024);
  expect(() => admission.bodies.reserve(1)).toThrow(/too many bodies/);
  admission.publicBodies.release(1);
  admission.publicBodies.reserve(1);
});
