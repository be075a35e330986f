import { gzipSync } from 'node:zlib';
import { generateKey } from 'openpgp';
import { signedText } from '../../contract/rules/signed-text.ts';
import { type ActionOverrides, FILE_OPERATION, postAction, signedAction } from '../../dev/api-caller.ts';
import { anonymousMegabytes } from '../../dev/simulation/resident-memory.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { type Attack, brief, stoppedIf, type Verdict } from './attack.ts';
import type { Rig } from './rig.ts';

const EDGE = 'every input is checked at the edge: 400, never 500';
const STRICT = 'the strict JSON parser';
const SIGNATURES = 'the API verifies every signature';
const JOIN = 'names and targets that split the signed text are refused';
const EXPANDED = 'the agent expands parameters up to a limit, or refuses them';

/** An action that the API must refuse, and its expected refusal. */
interface Refused {
  name: string;
  wall: string;
  /** Status and code, as in `400 action_invalid: …`. */
  refusal: RegExp;
  text: (rig: Rig) => Promise<string>;
}

async function postRefused(rig: Rig, { refusal, text }: Refused): Promise<Verdict> {
  const action = await text(rig);
  const count = async () => (await rig.pool.query('SELECT count(*) AS count FROM actions')).rows[0].count;
  const before = await count();
  const { status, body } = await rig.bob.form('/action/create/', { action });
  const stored = (await count()) - before;
  const { code = '', message = '' } = body?.collection?.error ?? {};
  const response = `${status} ${code}: ${message}`;
  return stoppedIf(refusal.test(response) && stored === 0, brief(response));
}

const signed =
  (overrides: ActionOverrides) =>
  ({ bob }: Rig) =>
    signedAction([bob.key], overrides);

/** A text that none of our programs would sign: it could be read as the text of another action. */
const splitting =
  (field: 'name' | 'target', value: string) =>
  async ({ bob }: Rig) => {
    const text = await signedAction([bob.key], { [field]: 'PLACE' });
    const action = JSON.parse(text);
    const signature = await signText(signedText(action).replace('PLACE', value), bob.key);
    return JSON.stringify({ ...action, [field]: value, pgpsignatures: [signature] });
  };

interface Ended {
  name: string;
  /** The status of its only command. */
  answer: string;
  results: string;
}

/** The outcome of a posted action to one agent. */
function endOf(rig: Rig, id: number): Promise<Ended> {
  return waitFor(
    `the end of action ${id}`,
    async () => {
      const { rows } = await rig.pool.query(
        `SELECT a.name, c.status AS answer, c.results::text AS results
         FROM commands c JOIN actions a ON a.id = c.actionid
         WHERE a.id = $1 AND a.status IN ('completed', 'invalid')`,
        [id],
      );
      return rows[0] as Ended | undefined;
    },
    { timeoutMs: 60_000 },
  );
}

/** A signed action that the API accepts. The agent must answer as expected, and its memory must not grow. */
function answered(
  name: string,
  wall: string,
  { operation, answer }: { operation: () => Record<string, unknown>; answer: RegExp },
): Attack {
  return {
    name: `action: ${name}`,
    holder: "one investigator's key",
    wall,
    async run(rig) {
      const id = await postAction(rig.bob, {
        name: `hostile ${name}`,
        target: `name='${rig.victimName}'`,
        operations: [operation()] as never,
      });
      const { results } = await endOf(rig, id);
      const grown = Math.round(anonymousMegabytes(rig.victim.pid()));
      return stoppedIf(answer.test(results) && grown < 150, brief(`agent of ${grown} MB: ${results}`));
    },
  };
}

const search = (contents: string[]) => ({
  module: 'file',
  parameters: { searches: { s1: { paths: ['/etc'], contents, options: { maxdepth: 1, matchall: true } } } },
});

const LONG_MODULES = Array.from({ length: 10 }, (_, index) => `${index}${'m'.repeat(255)}`);

const REFUSED: readonly Refused[] = [
  {
    name: 'without a signature',
    wall: SIGNATURES,
    refusal: /^400 action_unsigned/,
    text: () => signedAction([]),
  },
  {
    name: 'signed by a stranger',
    wall: SIGNATURES,
    refusal: /^403 signature_unknown_signer/,
    text: async () => {
      const { privateKey } = await generateKey({
        type: 'ecc',
        curve: 'ed25519Legacy',
        userIDs: [{ name: 'Bob Kelso' }],
        format: 'object',
      });
      return signedAction([privateKey]);
    },
  },
  {
    name: 'changed after signing',
    wall: SIGNATURES,
    refusal: /^403 signature_wrong/,
    text: async (rig) => (await signed({})(rig)).replace('^passwd$', '^shadow$'),
  },
  {
    name: "with another action's signature",
    wall: SIGNATURES,
    refusal: /^403 signature_wrong/,
    text: async (rig) => {
      const other = JSON.parse(await signed({ name: 'other' })(rig));
      return signed({ pgpsignatures: other.pgpsignatures })(rig);
    },
  },
  {
    name: 'signed twice by one investigator',
    wall: SIGNATURES,
    refusal: /^403 signature_duplicate/,
    text: ({ bob }) => signedAction([bob.key, bob.key]),
  },
  {
    name: 'with 65 signatures',
    wall: EDGE,
    refusal: /^400 action_invalid: action pgpsignatures/,
    text: signed({ pgpsignatures: Array(65).fill('x') }),
  },
  {
    name: 'with a signature of 20 kB',
    wall: EDGE,
    refusal: /^400 action_invalid: action pgpsignatures/,
    text: signed({ pgpsignatures: ['x'.repeat(20_000)] }),
  },
  {
    name: 'with ;target= in the name',
    wall: JOIN,
    refusal: /^400 action_ambiguous: action name/,
    text: splitting('name', 'x;target=true'),
  },
  {
    name: 'with ;validfrom= in the name',
    wall: JOIN,
    refusal: /^400 action_ambiguous: action name/,
    text: splitting('name', 'x;target=true;validfrom=1;'),
  },
  {
    name: 'with ;validfrom= in the target',
    wall: JOIN,
    refusal: /^400 action_ambiguous: action target/,
    text: splitting('target', `name='a;validfrom=1'`),
  },
  {
    name: 'with ;target= in the target',
    wall: JOIN,
    refusal: /^400 action_ambiguous: action target/,
    text: splitting('target', `name=';target='`),
  },
  {
    name: 'that has expired',
    wall: 'the signed window',
    refusal: /^400 action_expired/,
    text: signed({ validFromMs: Date.now() - 9e6, expireAfterMs: Date.now() - 1e6 }),
  },
  {
    name: 'that ends before it begins',
    wall: 'the signed window',
    refusal: /^400 action_window/,
    text: signed({ validFromMs: Date.now() + 9e6, expireAfterMs: Date.now() + 1e6 }),
  },
  {
    name: 'of the year 10000',
    wall: EDGE,
    refusal: /^400 action_invalid: action expireafter/,
    text: async (rig) =>
      (await signed({})(rig)).replace(/"expireafter":"[^"]+"/, '"expireafter":"9999-12-31T23:59:59-23:00"'),
  },
  {
    name: 'of the year -1',
    wall: EDGE,
    refusal: /^400 action_invalid: action validfrom/,
    text: async (rig) =>
      (await signed({})(rig)).replace(/"validfrom":"[^"]+"/, '"validfrom":"-0001-01-01T00:00:00Z"'),
  },
  {
    name: 'with a NUL in the name',
    wall: EDGE,
    refusal: /^400 nul_character: name/,
    text: signed({ name: 'a\u0000b' }),
  },
  {
    name: 'with a NUL in the target',
    wall: EDGE,
    refusal: /^400 nul_character: target/,
    text: signed({ target: `name='a\u0000'` }),
  },
  {
    name: 'with a NUL in the family of the threat',
    wall: EDGE,
    refusal: /^400 nul_character: threat\.family/,
    text: signed({ threat: { family: 'a\u0000' } }),
  },
  {
    name: 'with a NUL in the description',
    wall: EDGE,
    refusal: /^400 nul_character: description\.author/,
    text: signed({ description: { author: 'a\u0000' } }),
  },
  {
    name: 'with a NUL in the parameters',
    wall: EDGE,
    refusal: /^400 nul_character: operations\.0\.parameters/,
    text: signed({
      operations: [
        { module: 'file', parameters: { searches: { 's\u0000': { paths: ['/etc'], names: ['x'] } } } },
      ],
    }),
  },
  {
    name: 'with a name of 5,000 characters',
    wall: EDGE,
    refusal: /^400 action_invalid: action name/,
    text: signed({ name: 'x'.repeat(5_000) }),
  },
  {
    name: 'of 600 kB',
    wall: EDGE,
    refusal: /^413 body_too_large/,
    text: signed({ description: { url: 'x'.repeat(600_000) } }),
  },
  {
    name: 'with 300 operations',
    wall: EDGE,
    refusal: /^400 action_invalid: action operations/,
    text: signed({ operations: Array(300).fill(FILE_OPERATION) }),
  },
  {
    name: 'with a module that nobody has',
    wall: 'modules of the platform or of some agent',
    refusal: /^400 module_unknown/,
    text: signed({ operations: [{ module: 'nosuchmodule', parameters: {} }] }),
  },
  {
    name: 'with a key given twice',
    wall: STRICT,
    refusal: /^400 json_duplicate_key/,
    text: async (rig) => (await signed({})(rig)).replace('"name":', '"name":"first","name":'),
  },
  {
    name: 'with a key given twice in another case',
    wall: STRICT,
    refusal: /^400 json_duplicate_key/,
    text: async (rig) => (await signed({})(rig)).replace('"target":', '"TARGET":"false","target":'),
  },
  {
    name: 'with a key given twice, once escaped',
    wall: STRICT,
    refusal: /^400 json_duplicate_key/,
    text: async (rig) => (await signed({})(rig)).replace('"target":', '"t\\u0061rget":"false","target":'),
  },
  {
    name: 'nested 3,000 deep',
    wall: STRICT,
    refusal: /^400 json_too_deep/,
    text: async (rig) =>
      (await signed({})(rig)).replace('"threat":{}', `"threat":${'['.repeat(3000)}${']'.repeat(3000)}`),
  },
  {
    name: 'with a number that overflows',
    wall: STRICT,
    refusal: /^400 json_invalid: .*number out of range/,
    text: async (rig) => (await signed({})(rig)).replace('"threat":{}', '"threat":{"x":1e999}'),
  },
  {
    name: 'ten module names of 256 characters, which Temporal refuses',
    wall: 'the total length of module names is limited',
    refusal: /^400 action_invalid: action operations: the names of its modules/,
    text: signed({ operations: LONG_MODULES.map((module) => ({ module, parameters: {} })) }),
  },
  {
    name: 'a pattern that repeats a thousand times a thousand',
    wall: 'limits of patterns',
    refusal: /^400 parameters_invalid: .*pattern that is too large/,
    text: signed({ operations: [search(['((a{1,1000}){1,1000}){1,1000}'])] }),
  },
];

export const ACTION_ATTACKS: readonly Attack[] = [
  ...REFUSED.map(
    (attack): Attack => ({
      name: `action: ${attack.name}`,
      holder: "one investigator's key",
      wall: attack.wall,
      run: (rig) => postRefused(rig, attack),
    }),
  ),
  {
    name: 'action: with a lone surrogate in the name, signed as Go reads it',
    holder: "one investigator's key",
    wall: 'a lone surrogate becomes U+FFFD in the signed text, the database and the command',
    async run(rig) {
      const target = `name='${rig.victimName}'`;
      const text = (await signed({ name: 'half \ufffd', target })(rig)).replace(
        'half \ufffd',
        'half \\ud800',
      );
      const { status, body } = await rig.bob.form('/action/create/', { action: text });
      const id = body?.collection?.items?.[0]?.data[0].value.id;
      const row = await endOf(rig, id);
      return stoppedIf(
        text.includes('\\ud800') && row.name === 'half \ufffd' && row.answer === 'success',
        brief(`${status} stored as ${row.name}, answered ${row.answer}`),
      );
    },
  },
  {
    name: 'action: to choose its id and its state',
    holder: "one investigator's key",
    wall: 'fields that only the platform sets are ignored',
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
    name: 'action: 3,000 patterns without a valid signature',
    holder: "one investigator's key",
    wall: 'signatures are verified before a module compiles anything',
    async run(rig) {
      const names = Array.from({ length: 3_000 }, (_, i) => `^(a|b|${i})+[c-x]{1,9}${i}$`);
      const operation = { module: 'file', parameters: { searches: { s1: { paths: ['/etc'], names } } } };
      const action = (await signedAction([rig.john.key], { operations: [operation] })).replace(
        'test action',
        'another name',
      );
      const startMs = performance.now();
      const posted = rig.john.form('/action/create/', { action });
      const { status } = await posted;
      const ms = Math.round(performance.now() - startMs);
      return stoppedIf(status === 403, `${status} after ${ms} ms, before any pattern was looked at`);
    },
  },
  answered('a pattern that backtracks for ever', 'patterns run in linear time', {
    operation: () => search(['(a+)+$', '(a|aa)+$', '([a-z]+)*=$', '(x+x+)+y']),
    answer: /"success":\s*true/,
  }),
  answered('compressed parameters that expand to 200 MB', EXPANDED, {
    operation: () => ({
      module: 'file',
      parameters: gzipSync(Buffer.alloc(200_000_000, 32), { level: 9 }).toString('base64'),
      is_compressed: true,
    }),
    answer: /compressed parameters cannot be expanded/,
  }),
  answered('compressed parameters that are no gzip', EXPANDED, {
    operation: () => ({ module: 'file', parameters: 'bm8gZ3ppcA==', is_compressed: true }),
    answer: /compressed parameters cannot be expanded/,
  }),
  answered('parameters that pollute prototypes', 'a search named __proto__ is one like any other', {
    operation: () => ({
      module: 'file',
      parameters: JSON.parse('{"searches":{"__proto__":{"paths":["/etc"],"names":["^passwd$"]}}}'),
    }),
    answer: /"foundanything":\s*true,\s*"success":\s*true,\s*"elements":\s*\{\s*"__proto__":\s*\[/,
  }),
];
