import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAnswer } from '../../contract/command.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { type ApiAnswer, type ApiCaller, postAction, signedAction } from '../../dev/api-caller.ts';
import { fileRun } from '../../modules/file/run.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let api: ApiCaller;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  api = platform.api;
});
afterAll(() => platform?.[Symbol.asyncDispose]());

async function addAgents(names: readonly string[], prefix: string): Promise<void> {
  await platform.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT name, 'linux.' || $2 || '.' || n, 'daemon', '1', 1, now(), now() - n * interval '1 second', now(), 'online',
       '{"os":"linux"}', '{}'
     FROM unnest($1::text[]) WITH ORDINALITY AS given (name, n)`,
    [names, prefix],
  );
}

type Items = { data: { name: string; value: { id: number; name: string } }[] }[];

function records(answer: ApiAnswer, type: string): { id: number; name: string }[] {
  const items = (answer.body.collection.items ?? []) as Items;
  return items.flatMap(({ data }) => (data[0]?.name === type ? [data[0].value] : []));
}

async function agentsNamed(pattern: string): Promise<string[]> {
  const answer = await api.get(`/search?type=agent&agentname=${encodeURIComponent(pattern)}&limit=1000`);
  expect([200, 404], answer.text).toContain(answer.status);
  return records(answer, 'agent').map(({ name }) => name);
}

/** The rule, implemented independently: wildcards, escaped wildcards, and nothing else. */
function matches(pattern: string, name: string): boolean {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const escaped = pattern[i] === '\\' && /[%_\\]/.test(pattern[i + 1] ?? '') ? pattern[++i] : undefined;
    const char = escaped ?? pattern[i] ?? '';
    if (escaped === undefined && char === '%') source += '[^]*';
    else if (escaped === undefined && char === '_') source += '[^]';
    else source += `[${char.replace(/[\\\]^-]/, '\\$&')}]`;
  }
  return new RegExp(`^${source}$`, 'i').test(name);
}

describe('patterns', () => {
  test('with any wildcards and backslashes find exactly the matching names', async () => {
    const char = fc.constantFrom('a', 'B', '\\', '%', '_', '*', '.', '-', ' ', '[');
    const text = fc.string({ unit: char, minLength: 1, maxLength: 6 });
    const names = fc.sample(text, { numRuns: 300, seed: 7 });
    await addAgents(['DOMAIN\\host', 'domainhost', 'a_b', 'axb', '100%', '100x', ...names], 'patterns');
    const all = ['DOMAIN\\host', 'domainhost', 'a_b', 'axb', '100%', '100x', ...names];
    const expected = (pattern: string) => all.filter((name) => matches(pattern, name)).sort();
    for (const pattern of ['domain\\host', 'DOMAIN\\%', 'a_b', 'a\\_b', '100\\%', '100%', 'a\\', '\\\\%'])
      expect((await agentsNamed(pattern)).sort(), pattern).toEqual(expected(pattern));
    expect(await agentsNamed('DOMAIN\\host')).toEqual(['DOMAIN\\host']);
    expect(await agentsNamed('a\\_b')).toContain('a_b');
    expect(await agentsNamed('100\\%')).toEqual(['100%']);
    // In MIG both `%` and an empty value match anything.
    await fc.assert(
      fc.asyncProperty(
        text.filter((pattern) => pattern !== '%'),
        async (pattern) => {
          expect((await agentsNamed(pattern)).sort(), pattern).toEqual(expected(pattern));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('with U+0000 or escapes that are no UTF-8 are refused by name', async () => {
    for (const [value, code] of [
      ['a%00', 'nul_character'],
      ['%00', 'nul_character'],
      ['%ff', 'body_not_utf8'],
      ['%de%', 'body_not_utf8'],
    ]) {
      const { status, body } = await api.get(`/search?type=agent&agentname=${value}`);
      expect({ status, code: body.collection.error.code }, value).toEqual({ status: 400, code });
    }
  });

  test('with a bare percent sign, as in MIG’s clients, are understood', async () => {
    await addAgents(['zz-bare'], 'bare');
    for (const query of ['agentname=zz-b%', 'agentname=zz%25bare', 'agentname=%z-bare']) {
      expect(records(await api.get(`/search?type=agent&${query}`), 'agent'), query).toHaveLength(1);
    }
  });
});

describe('filters', () => {
  test('of another type, or beside a target, are refused instead of ignored', async () => {
    for (const [query, name] of [
      ['type=agent&foundanything=true', 'foundanything'],
      ['type=action&foundanything=false', 'foundanything'],
      ["type=command&target=name='x'", 'target'],
      ["target=name='x'", 'target'],
      ["type=agent&target=name='x'&status=online", 'status'],
      ["type=agent&target=name='x'&agentname=a", 'agentname'],
      ["type=agent&target=name='x'&after=2020-01-01T00:00:00Z", 'after'],
    ] as const) {
      const { status, body } = await api.get(`/search?${query}`);
      expect({ status, code: body.collection.error.code }, query).toEqual({
        status: 400,
        code: 'parameter_invalid',
      });
      expect(body.collection.error.message).toMatch(new RegExp(`^${name}: `));
    }
  });

  test('by agent and investigator join their tables', async () => {
    const id = await postAction(api, { name: 'joined', threat: { family: 'compliance' } });
    await addAgents(['joined-1', 'joined-2'], 'joined');
    await platform.pool.query(
      `INSERT INTO commands (actionid, agentid, queueloc, status, starttime, finishtime, results)
       SELECT $1, id, queueloc, 'sent', now(), now(), '[]' FROM agents WHERE name = 'joined-1'`,
      [id],
    );
    const found = async (type: string, filter: string) =>
      records(await api.get(`/search?type=${type}&${filter}`), type).map(({ name }) => name);
    for (const filter of ['investigatorname=bob%25', 'threatfamily=compl%25', `actionid=${id}`])
      expect(await found('agent', `agentname=joined-_&${filter}`), filter).toEqual(['joined-1']);
    expect(await found('agent', 'agentname=joined-_&investigatorname=john%25')).toEqual([]);
    for (const filter of [
      'agentname=joined-1',
      'agentversion=1&agentname=joined-1',
      'threatfamily=compliance',
    ])
      expect(await found('investigator', filter), filter).toEqual(['Bob Kelso']);
    expect(await found('investigator', 'agentname=joined-2')).toEqual([]);
  });

  test('refuse what is no number, and accept the notation of MIG', async () => {
    for (const query of [
      'actionid=',
      'limit=',
      'offset=',
      'limit=1e%2B06',
      'limit=37.000000',
      'actionid=7.0',
    ]) {
      expect([200, 404], query).toContain((await api.get(`/search?${query}`)).status);
    }
    for (const query of [
      'actionid=%20',
      'actionid=0x10',
      'actionid=-1',
      'limit=0x10',
      'limit=0',
      'limit=%201',
      'offset=1e400',
    ]) {
      expect((await api.get(`/search?${query}`)).status, query).toBe(400);
    }
  });
});

describe('pages', () => {
  test('of agents contain each agent once, despite heartbeats in between', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `page-${i}`);
    await addAgents(names, 'page');
    const seen: string[] = [];
    for (let offset = 0; ; offset += 7) {
      const answer = await api.get(`/search?type=agent&agentname=page-%25&limit=7&offset=${offset}`);
      if (answer.status === 404) break;
      seen.push(...records(answer, 'agent').map(({ name }) => name));
      await platform.pool.query(
        `UPDATE agents SET heartbeattime = now() + random() * interval '1 hour' WHERE name LIKE 'page-%' AND random() < 0.5`,
      );
    }
    expect(seen.sort()).toEqual(names.sort());
  });

  test('of actions begin with the last launch, whatever its validity', async () => {
    const now = Date.now();
    const launched: number[] = [];
    for (const minutes of [-3, 0, -9, 5, -6]) {
      const window = { validFromMs: now + minutes * 60_000, expireAfterMs: now + 3_600_000 };
      launched.unshift(await postAction(api, { name: 'launched in turn', ...window }));
    }
    const page = async (offset: number) => {
      const query = `type=action&actionname=launched%20in%20turn&limit=2&offset=${offset}`;
      return records(await api.get(`/search?${query}`), 'action').map(({ id }) => id);
    };
    expect([...(await page(0)), ...(await page(2)), ...(await page(4))]).toEqual(launched);
  });

  test('after the last are empty, in the envelope at which MIG’s clients stop', async () => {
    await postAction(api, { name: 'a page of its own' });
    for (const type of ['action', 'command', 'agent', 'investigator', "agent&target=name='page-1'"]) {
      for (const offset of ['1000', '1000000', '1000001', '3000000000', '9007199254740993', '1e300']) {
        const { status, body } = await api.get(`/search?type=${type}&limit=10&offset=${offset}`);
        expect({ status, error: body.collection.error }, `${type} ${offset}`).toEqual({
          status: 404,
          error: { code: 'not_found', message: 'no results found' },
        });
        expect((body.collection.items as Items).map(({ data }) => data[0]?.name)).toEqual([
          'search parameters',
        ]);
      }
    }
  });
});

describe('labels that differ by case only', () => {
  test('are both signed, stored, returned and searched', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mig-labels-'));
    try {
      writeFileSync(join(folder, 'upper'), '');
      writeFileSync(join(folder, 'lower'), '');
      const search = (name: string) => ({ paths: [folder], names: [`^${name}$`] });
      const parameters = { searches: { S1: search('upper'), s1: search('lower'), ſ1: search('none') } };
      const id = await postAction(api, { operations: [{ module: 'file', parameters }] });
      const answer = await api.get(`/action?actionid=${id}`);
      const stored = answer.body.collection.items[0].data[0].value.operations[0].parameters;
      expect(stored).toEqual(parameters);
      const result = await fileRun.run(stored, { loadHost: () => expect.fail('it asks for no agent') });
      const files = Object.entries(result.elements as Record<string, { file: string }[] | null>).map(
        ([label, found]) => [label, found?.map(({ file }) => file)],
      );
      expect(Object.fromEntries(files)).toMatchObject({
        S1: [join(folder, 'upper')],
        s1: [join(folder, 'lower')],
      });
      const body = encodeJson({
        id: 1,
        agent: { queueloc: 'linux.x' },
        status: 'success',
        results: [result],
      });
      expect(parseAnswer(Buffer.from(body)).results[0]?.elements).toEqual(result.elements);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('are refused when they are equal, as is a field of a search in two cases', async () => {
    const post = async (change: (text: string) => string) => {
      const operations = [
        { module: 'file', parameters: { searches: { S1: { paths: ['/a'], names: ['x'] } } } },
      ];
      const text = await signedAction([api.key], { operations });
      return (await api.form('/action/create/', { action: change(text) })).body.collection.error;
    };
    expect(await post((text) => text.replace('"S1":', '"S1":{"paths":["/"]},"S\\u0031":'))).toMatchObject({
      code: 'json_duplicate_key',
    });
    expect((await post((text) => text.replace('"paths":', '"PATHS":["/"],"paths":'))).code).toBeDefined();
  });
});

test('a path that is nowhere answers as MIG does', async () => {
  const nowhere = await api.get('/no/such/path');
  expect({ status: nowhere.status, text: nowhere.text }).toEqual({
    status: 404,
    text: '404 page not found\n',
  });
});
