import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNewAction } from '../../../../contract/action.ts';
import { parseAnswer } from '../../../../contract/command.ts';
import { encodeJson } from '../../../../contract/go/json.ts';
import { parseStorableJson } from '../../../../contract/go/strict-json.ts';
import { parseRelayHeartbeat } from '../../../../contract/heartbeat.ts';
import { parseHttpHeartbeat } from '../../../../contract/http-heartbeat.ts';
import { replaceNul } from '../../../../contract/text/nul.ts';

const NUL = '\u0000';
/** JSON values with U+0000 and lone surrogates in keys and texts. */
const text = fc.oneof(
  fc.string(),
  fc.constantFrom(NUL, `a${NUL}`, '\\u0000', '\ud800', `\udfff${NUL}`, `\\${NUL}`),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
}));

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

function holdsNul(item: unknown): boolean {
  if (typeof item === 'string') return item.includes(NUL);
  if (typeof item !== 'object' || item === null) return false;
  return Object.entries(item).some(([key, one]) => key.includes(NUL) || holdsNul(one));
}

test('JSON that will be stored is refused exactly when a key or a text has U+0000', () => {
  fc.assert(
    fc.property(value, (item) => {
      const code = codeOf(() => parseStorableJson(JSON.stringify(item)));
      fc.pre(code !== 'json_duplicate_key' && code !== 'json_too_deep');
      expect(code).toBe(holdsNul(item) ? 'nul_character' : undefined);
    }),
  );
});

test('the replacement leaves no U+0000, and changes nothing else', () => {
  fc.assert(
    fc.property(value, (item) => {
      const replaced = replaceNul(item);
      expect(holdsNul(replaced)).toBe(false);
      if (!holdsNul(item)) expect(replaced).toEqual(item);
    }),
  );
});

describe('U+0000 at any place of', () => {
  const now = '2026-01-01T00:00:00Z';
  const relay = {
    name: 'web',
    mode: 'daemon',
    version: '1',
    pid: 5,
    queueloc: 'linux.web.a1',
    loadername: 'l',
    starttime: now,
    refreshts: now,
    heartbeatts: now,
    status: 's',
    tags: { ring: 'canary' },
    environment: {
      init: 'i',
      ident: 'd',
      os: 'linux',
      arch: 'a',
      proxy: 'p',
      addresses: ['a'],
      publicip: 'p',
      aws: { instanceid: { deep: ['x'] } },
      modules: ['file'],
    },
  };
  const http = {
    name: 'web',
    mode: 'daemon',
    version: '1',
    pid: 5,
    queueLoc: 'linux.web.a1',
    startTime: now,
    refreshTime: now,
    tags: [{ name: 'ring', value: 'canary' }],
    environment: { init: 'i', ident: 'd', os: 'linux', arch: 'a', addresses: ['a'], modules: ['file'] },
  };
  const action = {
    name: 'n',
    target: 't',
    validfrom: now,
    expireafter: now,
    pgpsignatures: ['x'],
    syntaxversion: 2,
    description: { author: 'a', email: 'e', url: 'u' },
    threat: { ref: 'r', level: 'l', family: 'f', type: 't' },
    operations: [{ module: 'file', parameters: { searches: { s1: { names: ['x'] } } } }],
  };
  const cases: [string, object, (body: Buffer) => unknown][] = [
    [
      'a heartbeat on the relay',
      relay,
      (body) => parseRelayHeartbeat(body, { nowMs: Date.parse(now), maxAgeMs: 1000 }),
    ],
    [
      'a heartbeat by HTTP',
      http,
      (body) => parseHttpHeartbeat(body, { nowMs: Date.parse(now), maxAgeMs: 1000 }),
    ],
    ['an action', action, (body) => parseNewAction(body.toString())],
  ];
  test.for(cases)('%s is refused', ([, example, parse]) => {
    expect(codeOf(() => parse(Buffer.from(JSON.stringify(example))))).toBeUndefined();
    const places = [...JSON.stringify(example).matchAll(/"(?=[,:}\]])/g)].map(({ index }) => index);
    expect(places.length).toBeGreaterThan(15);
    for (const place of places) {
      const json = JSON.stringify(example);
      const body = Buffer.from(`${json.slice(0, place)}\\u0000${json.slice(place)}`);
      expect(
        codeOf(() => parse(body)),
        body.toString(),
      ).toBe('nul_character');
    }
  });

  test('an answer becomes the word NULL, and is stored without U+0000', () => {
    fc.assert(
      fc.property(value, (elements) => {
        const body = Buffer.from(
          JSON.stringify({
            id: 5,
            agent: { queueloc: `q${NUL}` },
            status: 'success',
            results: [{ elements }],
          }),
        );
        const code = codeOf(() => parseAnswer(body));
        fc.pre(code === undefined);
        const answer = parseAnswer(body);
        expect(answer.agent.queueloc).toBe('qNULL');
        expect(holdsNul(answer.results)).toBe(false);
        expect(encodeJson(answer.results).replaceAll('\\\\', '')).not.toContain('\\u0000');
      }),
    );
  });
});

describe('an answer is refused, with a code, when it', () => {
  const answerWith = (elements: string) =>
    Buffer.from(`{"id":5,"agent":{"queueloc":"q"},"status":"success","results":[{"elements":${elements}}]}`);
  const refusals: [string, string, string][] = [
    ['has a number that overflows', '1e999', 'json_invalid'],
    ['is nested 3,000 deep', `${'['.repeat(3000)}${']'.repeat(3000)}`, 'json_too_deep'],
    ['is nested 1,000,000 deep', '['.repeat(1_000_000), 'json_too_deep'],
    ['has a number of 100,000 digits', '1'.repeat(100_000), 'json_invalid'],
    ['has a fraction of 100,000 digits', `0.${'1'.repeat(100_000)}`, 'json_invalid'],
    ['has an exponent of 100,000 digits', `1e-${'0'.repeat(100_000)}`, 'json_invalid'],
    ['has a key twice', '{"a":1,"\\u0061":{}}', 'json_duplicate_key'],
    ['has results twice, in whatever case', '1}],"Results":[{"elements":1', 'json_duplicate_key'],
  ];
  test.for(refusals)('%s', ([, elements, code]) => {
    expect(codeOf(() => parseAnswer(answerWith(elements)))).toBe(code);
  });
});

test('an action is refused when the names of its modules are too long for the index', () => {
  const operations = (count: number, length: number) =>
    Array.from({ length: count }, (_, n) => ({ module: `${n}`.padEnd(length, 'm') }));
  const parse = (list: object[]) => () => parseNewAction(JSON.stringify({ operations: list }));
  expect(codeOf(parse(operations(10, 256)))).toBe('action_invalid');
  expect(codeOf(parse(operations(4, 256)))).toBeUndefined();
  expect(codeOf(parse(Array.from({ length: 200 }, () => ({ module: 'm'.repeat(256) }))))).toBeUndefined();
});
