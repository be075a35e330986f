import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Action, parseAction } from '../../../../contract/action.ts';
import { errorCode } from '../../../../contract/errors.ts';
import { compareUtf8, encodeJson, goJson, RawJson } from '../../../../contract/go/json.ts';
import { signedText, signedTexts } from '../../../../contract/rules/signed-text.ts';
import { checkAction } from '../../../../contract/rules/validity.ts';

const ACTION = {
  name: 'n',
  target: 't',
  validfrom: '2020-01-01T00:00:00Z',
  expireafter: '2020-01-02T00:00:00Z',
  operations: [{ module: 'file', parameters: {} }],
};

describe('the signed text', () => {
  test('is that of the reference code for its test vector', () => {
    // The API refuses `b` and `B` in one object, but their encoding must be correct.
    const vector = JSON.parse(
      '{"name":"x","target":"a>1","validfrom":"2020-01-02T03:04:05.999Z","expireafter":"2020-01-02T04:04:05.1+01:00",' +
        '"operations":[{"MODULE":"file","junk":1,"Parameters":{"b":1.0,"a":"<&>é","B":1e21,"n":123456789012345678901,"small":0.0000001,"nil":null}}]}',
    );
    const action = Action.parse(vector);
    expect(signedText(action)).toBe(
      'name=x;target=a>1;validfrom=1577934245;expireafter=%!s(int64=1577934245);operations=[{"module":"file",' +
        '"parameters":{"B":1e+21,"a":"\\u003c\\u0026\\u003eé","b":1,"n":123456789012345680000,"nil":null,"small":1e-7}}];',
    );
  });

  test('has two forms only where Go versions escape differently', () => {
    const action = (text: string) => ({
      name: 'n',
      target: 't',
      validfrom: '2020-01-01T00:00:00Z',
      expireafter: '2020-01-01T00:00:00Z',
      operations: [{ module: 'file', parameters: { text } }],
    });
    expect(signedTexts(action('plain'))).toHaveLength(1);
    expect(signedTexts(action('\b\f')).map((text) => /"text":"(.*?)"/.exec(text)?.[1])).toEqual([
      '\\b\\f',
      '\\u0008\\u000c',
    ]);
  });

  test('belongs to exactly one name and target', () => {
    const piece = fc.oneof(
      fc.constantFrom(';target=', ';validfrom=', ';', 'target=', ';targ', 'et=', 'validfrom=', '1577934245'),
      fc.string({ maxLength: 4 }),
    );
    const field = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join('').toWellFormed());
    const parts = fc.record({ name: field, target: field });
    const textOf = ({ name, target }: { name: string; target: string }) => {
      try {
        return signedText({ ...ACTION, name, target });
      } catch (error) {
        expect(errorCode(error)).toBe('action_ambiguous');
        return undefined;
      }
    };
    // Every other pair of separators is another action that the text could stand for.
    fc.assert(
      fc.property(parts, (action) => {
        const joined = `name=${action.name};target=${action.target};validfrom=`;
        const starts = [...joined.matchAll(/;target=/g)].map(({ index }) => index);
        const ends = [...joined.matchAll(/;validfrom=/g)].map(({ index }) => index);
        const cuts = starts.flatMap((start) =>
          ends
            .filter((end) => end >= start + 8)
            .map((end) => ({ name: joined.slice(5, start), target: joined.slice(start + 8, end) })),
        );
        const texts = cuts.map(textOf).filter((text) => text !== undefined);
        expect(texts.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const [first, second] = [textOf(a), textOf(b)];
        if (first !== undefined && first === second) expect(a).toEqual(b);
      }),
    );
  });

  test.each([
    ['name', { name: "n;target=os='linux'" }],
    ['target', { target: 'a;target=b' }],
    ['target', { target: 'a;validfrom=1' }],
  ])('is refused before any other check, for its %s %j', (field, change) => {
    const action = { ...ACTION, ...change, syntaxversion: 2, pgpsignatures: ['x'] };
    expect(() => checkAction(action, 0)).toThrow(new RegExp(`^action ${field} must not contain`));
  });

  test('stays the same after the action is encoded, parsed and encoded again, whatever the parameters', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (parameters) => {
        const action = {
          name: 'n',
          target: 't',
          validfrom: '2020-01-01T00:00:00Z',
          expireafter: '2020-01-02T00:00:00Z',
          operations: [{ module: 'file', parameters }],
        };
        let parsed: ReturnType<typeof parseAction>;
        try {
          parsed = parseAction(encodeJson({ ...action, operations: new RawJson(goJson(action.operations)) }));
        } catch {
          return; // refused: keys that differ by case only
        }
        expect(signedText(parsed)).toBe(signedText(action));
      }),
    );
  });
});

describe('JSON as Go writes it', () => {
  test('keeps -0, escapes HTML and line separators, and repairs lone surrogates', () => {
    expect(goJson([-0, 0, 1e21, 1e-7, 0.1])).toBe('[-0,0,1e+21,1e-7,0.1]');
    expect(goJson('<&>\u2028\u2029\u007f/\u0001')).toBe(
      '"\\u003c\\u0026\\u003e\\u2028\\u2029\u007f/\\u0001"',
    );
    expect(goJson('\ud800')).toBe('"\ufffd"');
  });

  test('sorts keys by their bytes, not by UTF-16 units', () => {
    expect(goJson({ '\u{1f600}': 1, '\uff5e': 2, a: 3 })).toBe('{"a":3,"\uff5e":2,"\u{1f600}":1}');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
    );
  });

  test('refuses what is not a number', () => {
    expect(() => goJson(Number.NaN)).toThrow();
    expect(() => goJson(Number.POSITIVE_INFINITY)).toThrow();
  });
});
