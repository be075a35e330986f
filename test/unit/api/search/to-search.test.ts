import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuery } from '../../../../api/http/parse-pairs.ts';
import { parseParameters } from '../../../../api/router/parse-parameters.ts';
import { toSearch } from '../../../../api/search/to-search.ts';
import { search } from '../../../../contract/api/search.ts';
import { errorCode, errorMessage } from '../../../../contract/errors.ts';

const TYPES = ['action', 'command', 'agent', 'investigator', 'manifest', 'loader'] as const;
const SAMPLES = fileURLToPath(new URL('../../../fixtures/samples', import.meta.url));

const SEARCH_PARAMETERS = Object.keys(search.parameters.shape);

const ask = (query: string) => toSearch(parseParameters(search, parseQuery(query)));

function refusalOf(query: string): string {
  try {
    ask(query);
  } catch (error) {
    expect(errorCode(error), query).toBe('parameter_invalid');
    return errorMessage(error);
  }
  return expect.fail(`not refused: ${query}`);
}

describe('a parameter', () => {
  test('that no search has is refused by name, with the list of parameters', () => {
    const typo = fc
      .tuple(fc.constantFrom(...SEARCH_PARAMETERS), fc.nat(20), fc.constantFrom('', 'x', 'e', '_'))
      .map(([name, at, char]) => name.slice(0, at % name.length) + char + name.slice((at % name.length) + 1));
    const name = fc.oneof(
      typo,
      fc.stringMatching(/^[A-Za-z_$.-]{1,60}$/),
      fc.constantFrom('__proto__', 'constructor'),
    );
    fc.assert(
      fc.property(
        name.filter((one) => !SEARCH_PARAMETERS.includes(one)),
        fc.constantFrom(...TYPES),
        (unknown, type) => {
          expect(refusalOf(`type=${type}&${unknown}=x`)).toBe(
            `${unknown}: no such parameter here; known are ${SEARCH_PARAMETERS.join(', ')}`,
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ['type=agent&nmae=x', 'nmae'],
    ['type=agent&name=x', 'name'],
    ['type=investigator&name=x', 'name'],
    ['name=x', 'name'],
    ['type=command&actonid=7', 'actonid'],
    ['type=agent&version=2', 'version'],
    ['type=command&foundAnything=true', 'foundAnything'],
    ['type=agent&Limit=1', 'Limit'],
  ])('%s is refused with a suggestion', (query, name) => {
    expect(refusalOf(query)).toMatch(`${name}: no such parameter here; known are type, limit, `);
  });

  test('that is repeated is refused by name, even with equal values', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SEARCH_PARAMETERS),
        fc.constantFrom('', '%25', '7', 'true', 'agent'),
        fc.constantFrom('', '%25', '7', 'true', 'agent'),
        (name, one, other) => {
          expect(refusalOf(`${name}=${one}&${name}=${other}`)).toBe(`${name}: given twice`);
        },
      ),
    );
  });

  test('report, which only MIG has, is refused for every type', () => {
    for (const type of TYPES)
      expect(refusalOf(`type=${type}&report=geolocations`)).toBe('report: no search uses it');
  });

  test.each(['manifestid=3', 'loaderid=3', 'manifestname=m', 'loadername=l'])(
    '%s belongs to one type only',
    (parameter) => {
      const [name] = parameter.split('=');
      const own = parameter.startsWith('manifest') ? 'manifest' : 'loader';
      expect(ask(`type=${own}&${parameter}`).type).toBe(own);
      for (const type of TYPES.filter((one) => one !== own))
        expect(refusalOf(`type=${type}&${parameter}`)).toBe(`${name}: only for type=${own}`);
    },
  );

  test('of another type is refused with the name of that type', () => {
    for (const [query, message] of [
      ['type=agent&foundanything=false', 'foundanything: only for type=command'],
      ['type=action&haserrors=true', 'haserrors: only for type=command'],
      ['type=investigator&target=true', 'target: only for type=agent'],
    ] as const)
      expect(refusalOf(query)).toBe(message);
  });

  test('a status that no record can have is refused with the list of statuses', () => {
    for (const [type, status] of [
      ['action', 'inflite'],
      ['command', 'online'],
      ['agent', 'onlin'],
      ['investigator', 'enabled'],
    ] as const)
      expect(refusalOf(`type=${type}&status=${status}`)).toMatch(
        /^status: must be one of \w+, .* a pattern with %$/,
      );
    for (const [type, status] of [
      ['action', 'InFlight'],
      ['command', 'success'],
      ['agent', '%25line'],
      ['investigator', 'active'],
    ] as const)
      expect(ask(`type=${type}&status=${status}`).type).toBe(type);
  });

  test('with its wildcard filters nothing, for every type', () => {
    const any = fc.constantFrom(
      'actionid=%E2%88%9E',
      'commandid=',
      'agentid=%E2%88%9E',
      'investigatorid=',
      'manifestid=%E2%88%9E',
      'loaderid=%E2%88%9E',
      'actionname=%',
      'agentname=%25',
      'agentversion=',
      'investigatorname=%',
      'manifestname=%25',
      'loadername=%',
      'status=%25',
      'threatfamily=%',
      'after=',
      'before=',
      'target=',
      'report=',
      'foundanything=',
      'haserrors=',
      'limit=',
      'offset=',
      'limit=100',
      'offset=0',
    );
    const distinct = fc.uniqueArray(any, { selector: (one) => one.split('=')[0] });
    fc.assert(
      fc.property(fc.constantFrom(...TYPES), distinct, (type, parameters) => {
        expect(ask([`type=${type}`, ...parameters].join('&'))).toEqual({
          type,
          target: undefined,
          filters: { limit: 100, offset: 0 },
        });
      }),
    );
  });
});

test('every recorded search that MIG answered is understood', () => {
  const requests = readdirSync(SAMPLES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const { request, status } = JSON.parse(readFileSync(`${SAMPLES}/${name}`, 'utf8'));
      // Requests of MIG's own clients have a path. The others were recorded by hand, and some failed.
      const path = request?.path ?? (/ (200|404) /.test(status) ? request : undefined);
      return typeof path === 'string' && path.includes('/search?') ? [path] : [];
    });
  const queries = requests.map((path) => path.slice(path.indexOf('?') + 1));
  expect(queries.length).toBeGreaterThan(25);
  for (const query of queries)
    expect(ask(query), query).toMatchObject({ type: /type=(\w+)/.exec(query)?.[1] });
});

test('the query of MIG’s Go client with all of its defaults is a search without a filter but its window', () => {
  const window = 'after=2022-05-18T06:59:15Z&before=2031-05-31T06:59:15Z';
  for (const type of TYPES)
    expect(ask(`type=${type}&${window}&limit=100`)).toEqual({
      type,
      target: undefined,
      filters: { after: '2022-05-18T06:59:15Z', before: '2031-05-31T06:59:15Z', limit: 100, offset: 0 },
    });
});
