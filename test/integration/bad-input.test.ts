import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { generateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_ACTION_BYTES } from '../../contract/limits.ts';
import {
  type ActionOverrides,
  type ApiAnswer,
  type ApiCaller,
  createApiCaller,
  FILE_OPERATION,
  signedAction,
} from '../../dev/api-caller.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let api: ApiCaller;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  api = platform.api;
});
afterAll(() => platform?.[Symbol.asyncDispose]());

/** Checks a refusal: it must name the error and its place, and store no action. */
async function expectRefused(answer: ApiAnswer, expected: { status: number; code: string; message: RegExp }) {
  expect({ status: answer.status, ...answer.body?.collection?.error }).toMatchObject({
    status: expected.status,
    code: expected.code,
    message: expect.stringMatching(expected.message),
  });
  expect(answer.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
  const { rows } = await platform.pool.query(
    'SELECT (SELECT count(*) FROM actions) AS actions, (SELECT count(*) FROM signatures) AS signatures',
  );
  expect(rows[0]).toEqual({ actions: 0, signatures: 0 });
}

const post = (text: string) => api.form('/action/create/', { action: text });
const postSigned = async (overrides: ActionOverrides) => post(await signedAction([api.key], overrides));

describe('an action is refused when it is', () => {
  test('unsigned', async () => {
    const answer = await post(await signedAction([]));
    await expectRefused(answer, { status: 400, code: 'action_unsigned', message: /pgpsignatures is empty/ });
  });

  test('badly signed: the text was altered after signing', async () => {
    const text = (await signedAction([api.key])).replace('test action', 'another action');
    await expectRefused(await post(text), {
      status: 403,
      code: 'signature_wrong',
      message: /invalid signature/,
    });
  });

  test('badly signed: its parameters are never parsed', async () => {
    const patterns = fc.constantFrom('(', '^a$', 'x'.repeat(2000), '(?:a{1000})'.repeat(50));
    const names = fc.array(patterns, { minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(names, async (values) => {
        const operation = {
          module: 'file',
          parameters: { searches: { s1: { paths: ['/'], names: values } } },
        };
        const text = await signedAction([api.key], { operations: [operation] });
        const altered = text.replace('test action', 'another action');
        await expectRefused(await post(altered), {
          status: 403,
          code: 'signature_wrong',
          message: /invalid signature/,
        });
      }),
      { numRuns: 10 },
    );
  });

  test('badly signed: the signature is no PGP signature', async () => {
    const answer = await postSigned({ pgpsignatures: ['bm90IGEgc2lnbmF0dXJl=abcd'] });
    await expectRefused(answer, { status: 400, code: 'signature_malformed', message: /pgpsignatures/ });
  });

  test('signed by somebody unknown', async () => {
    const { privateKey } = await generateKey({
      type: 'ecc',
      curve: 'ed25519Legacy',
      userIDs: [{ name: 'x' }],
      format: 'object',
    });
    const answer = await post(await signedAction([privateKey]));
    await expectRefused(answer, { status: 403, code: 'signature_unknown_signer', message: /unknown entity/ });
  });

  test('signed twice by the same investigator', async () => {
    const answer = await post(await signedAction([api.key, api.key]));
    await expectRefused(answer, {
      status: 403,
      code: 'signature_duplicate',
      message: /used to sign multiple times/,
    });
  });

  test('expired', async () => {
    const answer = await postSigned({ validFromMs: Date.now() - 9000, expireAfterMs: Date.now() - 1000 });
    await expectRefused(answer, {
      status: 400,
      code: 'action_expired',
      message: /expireafter is in the past/,
    });
  });

  test('valid until a time before its start', async () => {
    const answer = await postSigned({ validFromMs: Date.now() + 9000, expireAfterMs: Date.now() + 1000 });
    await expectRefused(answer, { status: 400, code: 'action_window', message: /expireafter is set before/ });
  });

  test('with a wrong syntaxversion', async () => {
    const answer = await postSigned({ syntaxversion: 1 });
    await expectRefused(answer, { status: 400, code: 'action_syntaxversion', message: /syntaxversion/ });
  });

  test('without operations', async () => {
    const answer = await postSigned({ operations: [] });
    await expectRefused(answer, {
      status: 400,
      code: 'action_operations_empty',
      message: /operations is empty/,
    });
  });

  test('without a name or a target', async () => {
    await expectRefused(await postSigned({ name: '' }), {
      status: 400,
      code: 'action_name_empty',
      message: /name/,
    });
    await expectRefused(await postSigned({ target: '' }), {
      status: 400,
      code: 'action_target_empty',
      message: /target/,
    });
  });

  test.each([
    ['name', { name: 'harmless;target=false' }],
    ['target', { target: "true OR name = ';target='" }],
    ['target', { target: "true OR name = ';validfrom='" }],
  ])('ambiguous because its %s splits the signed text: %j', async (field, change) => {
    const action = JSON.parse(await signedAction([api.key])) as object;
    await expectRefused(await post(JSON.stringify({ ...action, ...change })), {
      status: 400,
      code: 'action_ambiguous',
      message: new RegExp(`action ${field} must not contain`),
    });
  });

  test('for a module that neither we nor any agent has', async () => {
    const answer = await postSigned({ operations: [{ module: 'nosuchmodule', parameters: {} }] });
    await expectRefused(answer, {
      status: 400,
      code: 'module_unknown',
      message: /operations\.0\.module.*nosuchmodule/,
    });
  });

  test('with parameters that its module would refuse', async () => {
    const operation = { module: 'file', parameters: { searches: { s1: { paths: ['/etc'], names: ['('] } } } };
    const answer = await postSigned({ operations: [FILE_OPERATION, operation] });
    await expectRefused(answer, {
      status: 400,
      code: 'parameters_invalid',
      message: /operations\.1\.parameters: Invalid regexp/,
    });
  });
});

describe('a target is refused when it has', () => {
  const refusals: [string, string, string, number, RegExp][] = [
    ['a syntax error', `name = = 'x'`, 'target_syntax', 400, /target: syntax error/],
    ['two statements', `true; DROP TABLE actions`, 'target_syntax', 400, /target: must be one SQL condition/],
    ['unbalanced parentheses', `true) OR (true`, 'target_syntax', 400, /target: syntax error/],
    ['an open comment', `true /* `, 'target_syntax', 400, /target: unterminated/],
    [
      'something after the condition',
      `true LIMIT 1`,
      'target_syntax',
      400,
      /target: must be one SQL condition/,
    ],
    ['a union', `true UNION SELECT 1`, 'target_syntax', 400, /target: must be one SQL condition/],
    [
      'the forbidden function pg_sleep',
      `pg_sleep(10) IS NOT NULL`,
      'target_forbidden',
      403,
      /target: function pg_sleep/,
    ],
    [
      'the forbidden function pg_read_file',
      `pg_read_file('/etc/passwd') = 'x'`,
      'target_forbidden',
      403,
      /pg_read_file/,
    ],
    [
      'the forbidden function set_config',
      `set_config('role', 'migadmin', false) = 'x'`,
      'target_forbidden',
      403,
      /set_config/,
    ],
    [
      'the forbidden function dblink',
      `(SELECT true FROM dblink('', '') AS t (x int))`,
      'target_forbidden',
      403,
      /dblink/,
    ],
    [
      'a function hidden behind its schema',
      `pg_catalog.pg_sleep(1) IS NULL`,
      'target_forbidden',
      403,
      /pg_catalog\.pg_sleep/,
    ],
    [
      'a table it may not see',
      `id IN (SELECT id FROM manifests)`,
      'target_forbidden',
      403,
      /table manifests/,
    ],
    ['a table of the system', `id IN (SELECT 1 FROM pg_shadow)`, 'target_forbidden', 403, /table pg_shadow/],
    [
      'a column it may not see',
      `'x' = (SELECT apikey::text FROM investigators LIMIT 1)`,
      'target_failed',
      400,
      /permission denied/,
    ],
    ['a forbidden cast', `name::regclass IS NULL`, 'target_forbidden', 403, /cast to regclass/],
    ['a column that does not exist', `nosuchcolumn = 1`, 'target_failed', 400, /nosuchcolumn/],
    ['a lock', `id IN (SELECT id FROM agents FOR UPDATE)`, 'target_forbidden', 403, /lockingClause/],
    [
      'a WITH clause that writes',
      `id IN (WITH x AS (DELETE FROM agents RETURNING id) SELECT id FROM x)`,
      'target_forbidden',
      403,
      /not allowed/,
    ],
  ];
  for (const [what, target, code, status, message] of refusals) {
    test(what, async () => {
      await expectRefused(await postSigned({ target }), { status, code, message });
    });
  }
});

describe('a target of the list is refused by the search and by an action', () => {
  for (const target of readFileSync('test/fixtures/cases/targets-refused.txt', 'utf8').trim().split('\n')) {
    test(target.slice(0, 60), async () => {
      const expected = {
        status: 403,
        code: 'target_forbidden',
        message: /^target: .* not allowed|is not a known column/,
      };
      await expectRefused(await postSigned({ target }), expected);
      await expectRefused(await api.get(`/search?type=agent&target=${encodeURIComponent(target)}`), expected);
    });
  }
});

describe('a body is refused when it is', () => {
  test('huge', async () => {
    const answer = await post(`{"name":"${'x'.repeat(MAX_ACTION_BYTES)}"}`);
    await expectRefused(answer, { status: 413, code: 'body_too_large', message: /over/ });
  });

  test('larger than the largest body that is read', async () => {
    const answer = await post('x'.repeat(8 * MAX_ACTION_BYTES));
    await expectRefused(answer, { status: 413, code: 'body_too_large', message: /body is over/ });
  });

  test('not JSON', async () => {
    await expectRefused(await post('{"name":'), {
      status: 400,
      code: 'json_invalid',
      message: /not valid JSON/,
    });
  });

  test('not UTF-8', async () => {
    const answer = await api.send('/action/create/', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'action=%7B%22name%22%3A%22%FF%FE%22%7D',
    });
    await expectRefused(answer, { status: 400, code: 'body_not_utf8', message: /action: not valid UTF-8/ });
  });

  test('of another content type', async () => {
    const answer = await api.send('/action/create/', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: await signedAction([api.key]),
    });
    await expectRefused(answer, { status: 400, code: 'parameter_invalid', message: /Content-Type/ });
  });

  test('with duplicated keys', async () => {
    const text = (await signedAction([api.key])).replace('"name":', '"name":"first","name":');
    await expectRefused(await post(text), {
      status: 400,
      code: 'json_duplicate_key',
      message: /"name" appears twice/,
    });
  });

  test('with keys that differ only by case', async () => {
    const text = (await signedAction([api.key])).replace('"target":', '"TARGET":"true","target":');
    await expectRefused(await post(text), {
      status: 400,
      code: 'json_duplicate_key',
      message: /"target" appears twice/,
    });
  });

  test('nested deeper than any action', async () => {
    const text = `{"operations":${'['.repeat(100)}${']'.repeat(100)}}`;
    await expectRefused(await post(text), { status: 400, code: 'json_too_deep', message: /nested/ });
  });

  test('of wrong types', async () => {
    await expectRefused(await post('{"name":5}'), {
      status: 400,
      code: 'action_invalid',
      message: /action name/,
    });
  });

  test('without the field action', async () => {
    const code = 'parameter_invalid';
    await expectRefused(await api.form('/action/create/', {}), {
      status: 400,
      code,
      message: /action: missing/,
    });
    await expectRefused(await api.form('/action/create/', { acton: 'x' }), {
      status: 400,
      code,
      message: /acton: no such parameter here; known are action/,
    });
  });
});

describe('a caller is refused', () => {
  const unauthorized = { status: 401, code: 'unauthorized' };

  test('without a token', async () => {
    const answer = await api.send('/dashboard', { headers: { 'X-PGPAUTHORIZATION': '' } });
    await expectRefused(answer, { ...unauthorized, message: /invalid token format/ });
  });

  test('with an old token', async () => {
    const token = (await api.token()).replace(/;[^;]*;/, ';2020-01-01T00:00:00Z;');
    const answer = await api.send('/dashboard', { headers: { 'X-PGPAUTHORIZATION': token } });
    await expectRefused(answer, { ...unauthorized, message: /not within acceptable time limits/ });
  });

  test('with a token whose nonce was changed', async () => {
    const token = (await api.token()).replace(/;(\d+);/, ';1$1;');
    const answer = await api.send('/dashboard', { headers: { 'X-PGPAUTHORIZATION': token } });
    await expectRefused(answer, { ...unauthorized, message: /invalid signature/ });
  });

  test('without the permission for this endpoint', async () => {
    const john = await createApiCaller(platform.apiUrl, platform.people.john);
    const answer = await john.get('/investigator?investigatorid=1');
    await expectRefused(answer, { ...unauthorized, message: /Insufficient permissions/ });
  });

  test('after being disabled, at once', async () => {
    const john = await createApiCaller(platform.apiUrl, platform.people.john);
    expect((await john.get('/dashboard')).status).toBe(200);
    const { rows } = await platform.pool.query(`SELECT id FROM investigators WHERE name = 'John Smith'`);
    await api.form('/investigator/update/', { id: String(rows[0].id), status: 'disabled' });
    await expectRefused(await john.get('/dashboard'), { ...unauthorized, message: /unknown entity/ });
    await api.form('/investigator/update/', { id: String(rows[0].id), status: 'active' });
  });
});
