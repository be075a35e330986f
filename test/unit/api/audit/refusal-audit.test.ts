import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRefusalAudit } from '../../../../api/audit/refusal-audit.ts';
import { MAX_PER_CALLER, MAX_PER_MINUTE, MAX_SUMMARIES } from '../../../../api/audit/refusal-window.ts';
import { createLogger } from '../../../../platform/log.ts';
import type { AuditEntry } from '../../../../platform/postgres/queries/audit.ts';

const log = createLogger('test', 'silent');

async function recorded(
  record: (refusals: ReturnType<typeof createRefusalAudit>) => void,
): Promise<AuditEntry[]> {
  const rows: AuditEntry[] = [];
  const query = async (_text: string, [json]: [string]) => {
    rows.push(...JSON.parse(json));
  };
  const refusals = createRefusalAudit({ pool: { query: query as never }, log });
  record(refusals);
  await refusals[Symbol.asyncDispose]();
  return rows;
}

const login = (address: string): AuditEntry => ({
  kind: 'login',
  outcome: 'refused',
  isProven: false,
  address,
});
const insider = (fingerprint: string): AuditEntry => ({
  kind: 'action',
  outcome: 'refused',
  isProven: true,
  investigatorId: 7,
  fingerprint,
  actor: 'John Smith',
  address: '192.0.2.1',
});

test('a flood of failed logins does not hide a refused action of an investigator', async () => {
  const rows = await recorded((refusals) => {
    for (let i = 0; i < 5_000; i++) refusals.record(login(`198.51.${i >> 8}.${i & 255}`));
    refusals.record(insider('A'));
  });
  expect(rows.filter(({ kind }) => kind === 'action')).toMatchObject([{ isProven: true, fingerprint: 'A' }]);
});

test('the refusals of one investigator do not hide those of another at the same address', async () => {
  const rows = await recorded((refusals) => {
    for (let i = 0; i < 100; i++) refusals.record(insider('A'));
    refusals.record(insider('B'));
  });
  const ofA = rows.filter(({ fingerprint }) => fingerprint === 'A');
  expect(ofA).toHaveLength(MAX_PER_CALLER + 1);
  expect(ofA.find(({ times }) => times === 95)).toMatchObject({
    kind: 'action',
    isProven: true,
    actor: 'John Smith',
  });
  expect(rows.filter(({ fingerprint }) => fingerprint === 'B')).toHaveLength(1);
});

test('every refusal is counted under its own kind, outcome and certainty', async () => {
  const kinds = ['login', 'action', 'cancel', 'permission'] as const;
  const flood = fc.record({
    kind: fc.constantFrom(...kinds),
    outcome: fc.constantFrom('refused', 'failed'),
    isProven: fc.boolean(),
    caller: fc.nat({ max: 1_500 }),
    times: fc.integer({ min: 1, max: 50 }),
  });
  const keyOf = ({ kind, outcome, isProven }: AuditEntry) => `${kind} ${outcome} ${isProven}`;
  await fc.assert(
    fc.asyncProperty(fc.array(flood, { minLength: 1, maxLength: 200 }), async (floods) => {
      const sent = new Map<string, number>();
      const rows = await recorded((refusals) => {
        for (const { caller, times, ...entry } of floods) {
          for (let i = 0; i < times; i++)
            refusals.record({ ...entry, address: `a${caller}`, fingerprint: `f${caller}` } as AuditEntry);
          const key = keyOf(entry as AuditEntry);
          sent.set(key, (sent.get(key) ?? 0) + times);
        }
      });
      const counted = new Map<string, number>();
      for (const row of rows) counted.set(keyOf(row), (counted.get(keyOf(row)) ?? 0) + (row.times ?? 1));
      expect(counted).toEqual(sent);
      expect(rows.length).toBeLessThanOrEqual(2 * (MAX_PER_MINUTE + MAX_SUMMARIES + 2 * kinds.length));
    }),
    { numRuns: 30 },
  );
});

test('the claimed signer is looked up only for refusals that get a row of their own', async () => {
  let lookedUp = 0;
  const rows = await recorded((refusals) => {
    for (let i = 0; i < 1_000; i++)
      refusals.record(login(`198.51.${i >> 8}.${i & 255}`), async () => {
        lookedUp++;
        return 'CLAIMED';
      });
  });
  expect(lookedUp).toBe(MAX_PER_MINUTE);
  expect(rows.filter(({ fingerprint }) => fingerprint === 'CLAIMED')).toHaveLength(MAX_PER_MINUTE);
});
