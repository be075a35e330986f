import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRefusalAudit } from '../../api/audit/refusal-audit.ts';
import { MAX_PER_CALLER, MAX_PER_MINUTE, MAX_SUMMARIES } from '../../api/audit/refusal-window.ts';
import { AUDIT_KINDS, AuditRecord } from '../../contract/audit.ts';
import { ALL_PERMISSIONS, DEFAULT_PERMISSIONS, permissionsFromMask } from '../../contract/permissions.ts';
import { type ApiAnswer, type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { createPool, type Pool } from '../../platform/postgres/pool.ts';
import { type AuditEntry, recordAudit, searchAudit } from '../../platform/postgres/queries/audit.ts';
import { auditRows } from '../setup/audit-rows.ts';
import { cliOf, log, openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let john: ApiCaller;
let apiRole: Pool;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  const { slot } = platform;
  john = await createApiCaller(platform.apiUrl, platform.people.john);
  apiRole = createPool({ url: slot.urlOf('migapi', slot.name), name: 'test', max: 4 });
  platform.defer(() => apiRole.end());
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const rowsOf = (where: string, values?: unknown[]) => auditRows(platform, where, values);
const lastId = async (): Promise<number> =>
  (await platform.pool.query('SELECT coalesce(max(id), 0) AS id FROM audit')).rows[0].id;

describe('refusals that anybody can cause', () => {
  test('are all counted, in few rows, from any number of addresses', async () => {
    const addresses = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.integer({ min: 1, max: 40 })), {
      minLength: 1,
      maxLength: 60,
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(addresses, async (floods) => {
        run++;
        const requestId = `flood-${run}`;
        const before = await lastId();
        const refusals = createRefusalAudit({ pool: apiRole, log });
        let count = 0;
        for (const [address, times] of floods) {
          for (let i = 0; i < times; i++) {
            refusals.record({
              kind: 'login',
              outcome: 'refused',
              isProven: false,
              address: `a${address}`,
              requestId,
            });
            count++;
          }
        }
        await refusals[Symbol.asyncDispose]();
        const rows = await rowsOf(`id > $1 AND (address LIKE 'a%' OR detail ? 'issummary')`, [before]);
        expect(rows.reduce((sum, { times }) => sum + times, 0)).toBe(count);
        const single = rows.filter(({ requestid }) => requestid === requestId);
        expect(single.length).toBeLessThanOrEqual(MAX_PER_MINUTE);
        expect(rows.length - single.length).toBeLessThanOrEqual(MAX_SUMMARIES + 1);
        for (const { address } of single)
          expect(single.filter((row) => row.address === address).length).toBeLessThanOrEqual(MAX_PER_CALLER);
      }),
      { numRuns: 25 },
    );
  });

  test('300 failed logins over HTTP leave a few rows', async () => {
    const before = await lastId();
    for (let i = 0; i < 300; i++) await fetch(`${platform.apiUrl}/dashboard`);
    const rows = await rowsOf(`id > $1 AND kind = 'login'`, [before]);
    expect(rows.length).toBeLessThanOrEqual(2 * (MAX_PER_CALLER + 1));
  });
});

describe('the trail read by the API', () => {
  const hostile = fc.string({ unit: 'binary', maxLength: 3000 });
  const entry: fc.Arbitrary<AuditEntry> = fc.record({
    kind: fc.constantFrom(...AUDIT_KINDS),
    outcome: fc.constantFrom('ordered', 'done', 'refused', 'failed'),
    isProven: fc.boolean(),
    fingerprint: fc.option(fc.stringMatching(/^[0-9A-F]{40}$/), { nil: undefined }),
    actor: fc.option(hostile, { nil: undefined }),
    address: fc.option(hostile, { nil: undefined }),
    requestId: fc.option(hostile, { nil: undefined }),
    objectId: fc.option(fc.nat(), { nil: undefined }),
    detail: fc.dictionary(hostile, fc.jsonValue() as fc.Arbitrary<unknown>, { maxKeys: 50 }),
  });

  test('text from outside is stored short and printable', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 5 }), async (entries) => {
        const before = await lastId();
        await recordAudit(apiRole, entries);
        const rows = await rowsOf('id > $1', [before]);
        expect(rows.length).toBeGreaterThanOrEqual(entries.length);
        for (const row of rows) {
          expect(JSON.stringify(row).length).toBeLessThan(12_000);
          expect(`${row.actor}${row.address}${row.requestid}`).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
        }
      }),
      { numRuns: 60 },
    );
  });

  const filters = fc.record(
    {
      after: fc.oneof(
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        hostile,
      ),
      before: fc.oneof(
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        hostile,
      ),
      kind: fc.oneof(fc.constantFrom(...AUDIT_KINDS), hostile),
      actor: fc.oneof(fc.constantFrom('Bob Kelso', 'John Smith'), hostile),
      objectid: fc.oneof(fc.nat().map(String), hostile),
      cursor: fc.oneof(fc.nat({ max: 500 }).map(String), hostile),
      limit: fc.oneof(
        fc.nat({ max: 2000 }).map(String),
        fc.constantFrom('1e3', '-1', '0x10', 'NaN', ''),
        hostile,
      ),
    },
    { requiredKeys: [] },
  );

  test('any parameters are obeyed or refused with 400, never an internal error', async () => {
    await fc.assert(
      fc.asyncProperty(filters, async (query) => {
        const params = new URLSearchParams(query);
        if (params.toString().length > 12_000) return;
        const answer = await platform.api.get(`/audit?${params}`);
        expect([200, 400]).toContain(answer.status);
        if (answer.status === 400) return;
        const records = recordsOf(answer);
        expect(records.length).toBeLessThanOrEqual(Math.min(1000, Number(query.limit ?? 100) || 1));
        for (const [index, record] of records.entries()) {
          if (query.kind) expect(record.kind).toBe(query.kind);
          if (query.actor) expect([record.actor, record.fingerprint]).toContain(query.actor);
          if (query.objectid) expect(record.objectid).toBe(Number(query.objectid));
          if (query.cursor) expect(record.id).toBeLessThan(Number(query.cursor));
          if (query.after) expect(Date.parse(record.at)).toBeGreaterThanOrEqual(Date.parse(query.after));
          if (query.before) expect(Date.parse(record.at)).toBeLessThanOrEqual(Date.parse(query.before));
          expect(record.id).toBeLessThan(records[index - 1]?.id ?? Number.POSITIVE_INFINITY);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('the pages return every row once', async () => {
    const { rows } = await platform.pool.query('SELECT max(id) AS id, count(*) AS count FROM audit');
    const seen: number[] = [];
    let next = `/audit?limit=97&cursor=${rows[0].id + 1}`;
    while (next !== '') {
      const answer = await platform.api.get(next);
      seen.push(...recordsOf(answer).map(({ id }) => id));
      const page = answer.body.collection.items?.find(
        (one: { data: { name: string }[] }) => one.data[0]?.name === 'pagination',
      );
      next = page === undefined ? '' : page.data[0].value.next.replace(platform.apiUrl, '');
    }
    expect(seen).toHaveLength(rows[0].count);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('only investigators with the permission to read investigators read it', async () => {
    expect((await john.get('/audit')).status).toBe(401);
    const { rows } = await platform.pool.query(`SELECT id FROM investigators WHERE name = 'John Smith'`);
    const mask = DEFAULT_PERMISSIONS + 2 ** 16;
    const permissions = JSON.stringify(permissionsFromMask(mask));
    await platform.api.form('/investigator/update/', { id: String(rows[0].id), permissions });
    expect((await john.get('/audit?limit=1')).status).toBe(200);
    expect(ALL_PERMISSIONS & mask).toBe(mask);
  });

  test('mig audit prints one line per row, without control characters', async () => {
    await platform.pool.query(
      `INSERT INTO audit (source, kind, outcome, actor, detail)
       SELECT 'temporal', 'cancel', 'done', $1, $2 FROM generate_series(1, 5)`,
      ['cli\u202e\u00adx', JSON.stringify({ note: '\u009b2J\u001b[31m' })],
    );
    const cli = cliOf(platform);
    const text = await cli.mig(['audit', '-since', '1h', '-kind', 'cancel', '-limit', '5']);
    expect(text.stdout).toMatch(/\[unproven\]/);
    expect(text.stdout.split('\n').filter((line) => line !== '')).toHaveLength(5);
    const nobody = ['audit', '-actor', 'nobody of this name'];
    expect(await cli.mig(nobody)).toEqual({
      status: 3,
      stdout: '',
      stderr: 'nothing in the audit trail matches\n',
    });
    expect(await cli.mig([...nobody, '--json'])).toMatchObject({ status: 3, stdout: '[]\n' });
    const json = await cli.mig(['audit', '-kind', 'cancel', '-limit', '5', '--json']);
    expect(text.stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u);
    expect(json.stdout.replaceAll('\n', '')).toMatch(/^[ -~]*$/);
    const csv = await cli.mig(['audit', '-kind', 'cancel', '-limit', '5', '--csv']);
    expect(csv.stdout.split('\r\n')).toHaveLength(7);
    expect(csv.stdout.replaceAll('\r\n', '')).toMatch(/^[ -~]*$/);
    expect(csv.stdout).toContain('"cli\\u{202e}\\u{ad}x"');
    const records = AuditRecord.array().parse(JSON.parse(json.stdout));
    expect(records).toHaveLength(5);
    expect(records[0]).toMatchObject({ kind: 'cancel', actor: 'cli\u202e\u00adx' });
  });

  test('a search for an actor uses an index', async () => {
    await platform.pool.query(
      `INSERT INTO audit (source, kind, outcome, actor, fingerprint)
       SELECT 'temporal', 'pause', 'done', 'actor ' || n, lpad(n::text, 40, '0') FROM generate_series(1, 20000) AS n`,
    );
    await platform.pool.query('ANALYZE audit');
    const explained: string[] = [];
    const explain = async (text: string, values: unknown[]) => {
      const { rows } = await platform.pool.query(`EXPLAIN ${text}`, values);
      explained.push(...rows.map((row) => row['QUERY PLAN']));
      return platform.pool.query(text, values);
    };
    const found = await searchAudit({ query: explain as Pool['query'] }, { actor: 'actor 777', limit: 100 });
    expect(found.map(({ actor }) => actor)).toEqual(['actor 777']);
    expect(explained.join('\n')).toContain('audit_actor');
    expect(explained.join('\n')).not.toContain('Seq Scan');
  });

  test('the longest possible name of an actor is found', async () => {
    const name = Array.from({ length: 1024 }, () => String.fromCodePoint(0x1f300 + randomInt(200))).join('');
    await platform.pool.query(
      `INSERT INTO audit (source, kind, outcome, actor) VALUES ('temporal', 'pause', 'done', $1)`,
      [name],
    );
    const found = await searchAudit(platform.pool, { actor: name, limit: 100 });
    expect(found.map(({ actor }) => actor)).toEqual([name]);
  });

  function recordsOf(answer: ApiAnswer): AuditRecord[] {
    const items: { data: { name: string; value: unknown }[] }[] = answer.body.collection.items ?? [];
    return items
      .flatMap(({ data }) => data)
      .filter(({ name }) => name === 'audit')
      .map(({ value }) => AuditRecord.parse(value));
  }
});
