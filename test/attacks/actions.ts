import { gzipSync } from 'node:zlib';
import { generateKey } from 'openpgp';
import { signedText } from '../../contract/rules/signed-text.ts';
import { waitFor } from '../../dev/wait.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { type ActionOverrides, FILE_OPERATION, signedAction } from '../setup/api-caller.ts';
import { anonymousMegabytes } from '../setup/resource-usage.ts';
import { type Attack, brief, stoppedIf, type Verdict } from './attack.ts';
import type { Rig } from './rig.ts';

const EDGE = 'every input is checked at the edge: 400, never 500';
const STRICT = 'the strict JSON parser';
const SIGNATURES = 'the API verifies every signature';
const JOIN = 'names and targets that split the signed text are refused';
const SEARCH = 'parameters are checked; patterns and values are bounded';

async function post(rig: Rig, text: string): Promise<Verdict> {
  const count = async () => (await rig.pool.query('SELECT count(*) AS count FROM actions')).rows[0].count;
  const before = await count();
  const { status, body } = await rig.bob.form('/action/create/', { action: text });
  const stored = (await count()) - before;
  const { code = '', message = '' } = body?.collection?.error ?? {};
  return stoppedIf(status >= 400 && status < 500 && stored === 0, brief(`${status} ${code}: ${message}`));
}

function refused(name: string, wall: string, text: (rig: Rig) => Promise<string>): Attack {
  return {
    name: `action: ${name}`,
    holder: "one investigator's key",
    wall,
    run: async (rig) => post(rig, await text(rig)),
  };
}

const signed =
  (overrides: ActionOverrides) =>
  ({ bob }: Rig) =>
    signedAction([bob.key], overrides);

/** Signed by hand, as no program of ours would: the text may be read as that of another action. */
const splitting =
  (field: 'name' | 'target', value: string) =>
  async ({ bob }: Rig) => {
    const text = await signedAction([bob.key], { [field]: 'PLACE' });
    const action = JSON.parse(text);
    const signature = await signText(signedText(action).replace('PLACE', value), bob.key);
    return JSON.stringify({ ...action, [field]: value, pgpsignatures: [signature] });
  };

/** A command of the attacker's signed action on the real agent: it must answer, and go on. */
function answered(
  name: string,
  wall: string,
  { operations, isRight }: { operations: () => unknown[]; isRight: (text: string) => boolean },
): Attack {
  return {
    name: `action: ${name}`,
    holder: "one investigator's key",
    wall,
    async run(rig) {
      const { status, body, text } = await rig.bob.form('/action/create/', {
        action: await signedAction([rig.bob.key], {
          name: `hostile ${name}`,
          target: `name='${rig.victimName}'`,
          operations: operations() as never,
        }),
      });
      if (status !== 202) return stoppedIf(status >= 400 && status < 500, brief(`${status} ${text}`));
      const id = body.collection.items[0].data[0].value.id;
      const row = await waitFor(
        'the end',
        async () => {
          const { rows } = await rig.pool.query(
            `SELECT c.results::text AS text
           FROM commands c JOIN actions a ON a.id = c.actionid
           WHERE a.id = $1 AND a.status IN ('completed', 'invalid')`,
            [id],
          );
          return rows[0];
        },
        { timeoutMs: 60_000 },
      );
      const grown = Math.round(anonymousMegabytes(rig.victim.pid()));
      return stoppedIf(isRight(row.text) && grown < 150, brief(`agent of ${grown} MB: ${row.text}`));
    },
  };
}

const search = (contents: string[]) => ({
  module: 'file',
  parameters: { searches: { s1: { paths: ['/etc'], contents, options: { maxdepth: 1, matchall: true } } } },
});

export const ACTION_ATTACKS: readonly Attack[] = [
  refused('without a signature', SIGNATURES, () => signedAction([])),
  refused('signed by a stranger', SIGNATURES, async () => {
    const { privateKey } = await generateKey({
      type: 'ecc',
      curve: 'ed25519Legacy',
      userIDs: [{ name: 'Bob Kelso' }],
      format: 'object',
    });
    return signedAction([privateKey]);
  }),
  refused('changed after signing', SIGNATURES, async (rig) =>
    (await signed({})(rig)).replace('^passwd$', '^shadow$'),
  ),
  refused("with another action's signature", SIGNATURES, async (rig) => {
    const other = JSON.parse(await signed({ name: 'other' })(rig));
    return signed({ pgpsignatures: other.pgpsignatures })(rig);
  }),
  refused('signed twice by one', SIGNATURES, ({ bob }) => signedAction([bob.key, bob.key])),
  refused('with 65 signatures', EDGE, signed({ pgpsignatures: Array(65).fill('x') })),
  refused('with a signature of 20 kB', EDGE, signed({ pgpsignatures: ['x'.repeat(20_000)] })),
  refused('whose name says ;target=', JOIN, splitting('name', 'x;target=true')),
  refused('whose name says ;validfrom=', JOIN, splitting('name', 'x;target=true;validfrom=1;')),
  refused('whose target says ;validfrom=', JOIN, splitting('target', `name='a;validfrom=1'`)),
  refused('whose target says ;target=', JOIN, splitting('target', `name=';target='`)),
  refused(
    'that has expired',
    'the signed window',
    signed({ validFromMs: Date.now() - 9e6, expireAfterMs: Date.now() - 1e6 }),
  ),
  refused(
    'that ends before it begins',
    'the signed window',
    signed({ validFromMs: Date.now() + 9e6, expireAfterMs: Date.now() + 1e6 }),
  ),
  refused('of the year 10000', EDGE, async (rig) =>
    (await signed({})(rig)).replace(/"expireafter":"[^"]+"/, '"expireafter":"9999-12-31T23:59:59-23:00"'),
  ),
  refused('of the year -1', EDGE, async (rig) =>
    (await signed({})(rig)).replace(/"validfrom":"[^"]+"/, '"validfrom":"-0001-01-01T00:00:00Z"'),
  ),
  refused('with a NUL in the name', EDGE, signed({ name: 'a\u0000b' })),
  refused('with a NUL in the target', EDGE, signed({ target: `name='a\u0000'` })),
  refused('with a NUL in the family of the threat', EDGE, signed({ threat: { family: 'a\u0000' } })),
  refused('with a NUL in the description', EDGE, signed({ description: { author: 'a\u0000' } })),
  refused(
    'with a NUL in the parameters',
    EDGE,
    signed({
      operations: [
        { module: 'file', parameters: { searches: { 's\u0000': { paths: ['/etc'], names: ['x'] } } } },
      ],
    }),
  ),
  refused('with a lone surrogate in the name', EDGE, async (rig) =>
    (await signed({ name: 'ab' })(rig)).replace('"ab"', '"a\\ud800"'),
  ),
  refused('with a name of 5,000 characters', EDGE, signed({ name: 'x'.repeat(5_000) })),
  refused('of 600 kB', EDGE, signed({ description: { url: 'x'.repeat(600_000) } })),
  refused('with 300 operations', EDGE, signed({ operations: Array(300).fill(FILE_OPERATION) })),
  refused(
    'with a module that nobody has',
    'modules of the platform or of some agent',
    signed({ operations: [{ module: 'nosuchmodule', parameters: {} }] }),
  ),
  refused('with a key given twice', STRICT, async (rig) =>
    (await signed({})(rig)).replace('"name":', '"name":"first","name":'),
  ),
  refused('with a key given twice in another case', STRICT, async (rig) =>
    (await signed({})(rig)).replace('"target":', '"TARGET":"false","target":'),
  ),
  refused('with a key given twice, once escaped', STRICT, async (rig) =>
    (await signed({})(rig)).replace('"target":', '"t\\u0061rget":"false","target":'),
  ),
  refused('nested 3,000 deep', STRICT, async (rig) =>
    (await signed({})(rig)).replace('"threat":{}', `"threat":${'['.repeat(3000)}${']'.repeat(3000)}`),
  ),
  refused('with a number that overflows', STRICT, async (rig) =>
    (await signed({})(rig)).replace('"threat":{}', '"threat":{"x":1e999}'),
  ),
  {
    name: 'action: to choose its id and its state',
    holder: "one investigator's key",
    wall: 'what only the platform sets is not read',
    async run(rig) {
      const text = (await signed({ target: `name='nobody'` })(rig)).replace(
        '{"id":0',
        '{"status":"completed","counters":{"sent":9},"id":77',
      );
      const { status, body } = await rig.bob.form('/action/create/', { action: text });
      const value = body?.collection?.items?.[0]?.data[0].value;
      return stoppedIf(
        status === 400 || (status === 202 && value.id !== 77 && value.status !== 'completed'),
        brief(`${status} id ${value?.id}, ${value?.status}`),
      );
    },
  },
  {
    name: 'action: ten module names of 256 characters, which Temporal refuses',
    holder: "one investigator's key",
    wall: 'what Temporal refuses for its content is refused at the edge or ends invalid',
    async run(rig) {
      const modules = Array.from({ length: 10 }, (_, i) => `${i}${'m'.repeat(255)}`);
      const queueloc = 'linux.longmodules.1';
      await rig.heartbeat({
        name: 'longmodules',
        queueloc,
        environment: { os: 'linux', isproxied: false, aws: {}, modules },
      });
      await waitFor(
        'registration',
        async () =>
          (await rig.pool.query('SELECT 1 FROM agents WHERE queueloc = $1', [queueloc])).rows.length > 0,
        { timeoutMs: 3_000 },
      ).catch(() => {});
      const action = await signedAction([rig.bob.key], {
        target: `name='nobody'`,
        operations: modules.map((module) => ({ module, parameters: {} })),
      });
      const { status, body, text } = await rig.bob.form('/action/create/', { action });
      if (status !== 202) return stoppedIf(status >= 400 && status < 500, brief(`${status} ${text}`));
      const id = body.collection.items[0].data[0].value.id;
      const row = await waitFor(
        'its end',
        async () => {
          const { rows } = await rig.pool.query(
            `SELECT status, reason FROM actions WHERE id = $1 AND status IN ('invalid', 'completed')`,
            [id],
          );
          return rows[0];
        },
        { timeoutMs: 25_000 },
      );
      return stoppedIf(true, brief(`${row.status}: ${row.reason}`));
    },
  },
  {
    name: 'action: 3,000 patterns without a signature that counts',
    holder: "one investigator's key",
    wall: 'signatures are verified before a module compiles anything',
    async run(rig) {
      const names = Array.from({ length: 3_000 }, (_, i) => `^(a|b|${i})+[c-x]{1,9}${i}$`);
      const operation = { module: 'file', parameters: { searches: { s1: { paths: ['/etc'], names } } } };
      const action = (await signedAction([rig.john.key], { operations: [operation] })).replace(
        'test action',
        'another name',
      );
      const began = performance.now();
      const posted = rig.john.form('/action/create/', { action });
      const { status } = await posted;
      const ms = Math.round(performance.now() - began);
      return stoppedIf(status === 403, `${status} after ${ms} ms, before any pattern was looked at`);
    },
  },
  answered('a pattern that backtracks for ever', 'patterns run in linear time', {
    operations: () => [search(['(a+)+$', '(a|aa)+$', '([a-z]+)*=$', '(x+x+)+y'])],
    isRight: (text) => !/timeout/.test(text),
  }),
  answered('a pattern that repeats a thousand times a thousand', 'limits of patterns', {
    operations: () => [search(['((a{1,1000}){1,1000}){1,1000}'])],
    isRight: () => true,
  }),
  answered('compressed parameters that expand to 200 MB', 'limits of what is expanded', {
    operations: () => [
      {
        module: 'file',
        parameters: gzipSync(Buffer.alloc(200_000_000, 32), { level: 9 }).toString('base64'),
        is_compressed: true,
      },
    ],
    isRight: (text) => /"success":\s*false|errors/.test(text),
  }),
  answered('compressed parameters that are no gzip', 'limits of what is expanded', {
    operations: () => [{ module: 'file', parameters: 'bm8gZ3ppcA==', is_compressed: true }],
    isRight: (text) => /"success":\s*false|errors/.test(text),
  }),
  answered('parameters that pollute prototypes', EDGE, {
    operations: () => [
      {
        module: 'file',
        parameters: JSON.parse('{"searches":{"__proto__":{"paths":["/etc"],"names":["^passwd$"]}}}'),
      },
    ],
    isRight: () => true,
  }),
];

function bad(name: string, query: string, expected: readonly number[] = [400]): Attack {
  return {
    name: `search: ${name}`,
    holder: "one investigator's key",
    wall: SEARCH,
    async run(rig) {
      const began = performance.now();
      const { status, body } = await rig.bob.get(`/search?${query}`);
      const ms = Math.round(performance.now() - began);
      return stoppedIf(
        expected.includes(status) && ms < 10_000,
        brief(`${status} ${body?.collection?.error?.message ?? ''}`),
      );
    },
  };
}

export const SEARCH_ATTACKS: readonly Attack[] = [
  bad('a NUL in a name', 'type=agent&agentname=%00'),
  bad('a NUL in the family', 'type=action&threatfamily=%00'),
  bad('a NUL in the target', `type=agent&target=name%3D'%00'`),
  bad('bytes that are no UTF-8', 'type=agent&agentname=%ff', [400, 404]),
  bad('SQL in an id', `type=action&actionid=1%20OR%201=1`),
  bad('SQL in a limit', `type=action&limit=1;DROP%20TABLE%20actions`),
  bad('a negative limit', 'type=action&limit=-1'),
  bad('an endless offset', 'type=action&offset=1e400'),
  bad('a type of its own', 'type=__proto__'),
  bad('a time of its own', 'type=action&after=yesterday'),
  bad('SQL in a name', `type=agent&agentname=%27%20OR%20%271%27=%271`, [404]),
  bad('a pattern of a thousand wildcards', `type=agent&agentname=${'%25_'.repeat(500)}x`, [400, 404]),
  bad('a pattern of 5,000 characters', `type=agent&agentname=${'a'.repeat(5_000)}`),
  bad(
    '10,000 parameters',
    `type=agent&${Array.from({ length: 10_000 }, (_, i) => `a${i}=`).join('&')}`,
    [200, 400, 404, 414, 431],
  ),
  bad('a target of 3,000 characters', `type=agent&target=${'true%20AND%20'.repeat(300)}true`),
  bad(
    '1,000 values in a target',
    `type=agent&target=${encodeURIComponent(`pid IN (${Array.from({ length: 1000 }, (_, i) => i).join()})`)}`,
    [400, 403],
  ),
  bad(
    'levels of parentheses',
    `type=agent&target=${encodeURIComponent(`${'('.repeat(900)}true${')'.repeat(900)}`)}`,
    [400, 403, 200],
  ),
  bad(
    'levels of NOT',
    `type=agent&target=${encodeURIComponent(`${'NOT '.repeat(480)}true`)}`,
    [400, 403, 200],
  ),
];
