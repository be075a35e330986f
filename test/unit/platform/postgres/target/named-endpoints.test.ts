import fc from 'fast-check';
import { expect, test } from 'vitest';
import { namedEndpoints } from '../../../../../platform/postgres/target/named-endpoints.ts';

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

test('a list of queue names is read as they are, whatever characters they have', async () => {
  const names = fc.array(
    fc.string().filter((text) => !text.includes('\0')),
    { minLength: 1, maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(names, async (queuelocs) => {
      expect(await namedEndpoints(`queueloc IN (${queuelocs.map(quoted).join(', ')})`)).toEqual(queuelocs);
      expect(await namedEndpoints(`queueloc = ${quoted(queuelocs[0] ?? '')}`)).toEqual([queuelocs[0]]);
    }),
  );
});

test.each([
  "queueloc IN ('a') OR true",
  "NOT queueloc = 'a'",
  "queueloc <> 'a'",
  "queueloc NOT IN ('a')",
  "queueloc LIKE '%'",
  'queueloc = name',
  "queueloc IN ('a', name)",
  "name = 'a'",
  "'a' = queueloc",
  'queueloc IN (SELECT queueloc FROM agents)',
  'true',
])('%s names no endpoints', async (target) => {
  expect(await namedEndpoints(target)).toBeUndefined();
});
