import { expect, test } from 'vitest';
import { toSearch } from '../../../../api/search/to-search.ts';
import { allFilterNames, filtersOf } from '../../../../cli/search/search-filters.ts';
import { SEARCH_TYPES, search } from '../../../../contract/api/search.ts';
import { SEARCH_FILTERS } from '../../../../platform/postgres/queries/search/search-filters.ts';

test('each type has the filters of the API, and no other', () => {
  expect([...SEARCH_TYPES]).toEqual(Object.keys(SEARCH_FILTERS));
  for (const type of SEARCH_TYPES) {
    const parameters = new Set(filtersOf(type).map(({ parameter }) => parameter));
    expect([...parameters].sort(), type).toEqual(Object.keys(SEARCH_FILTERS[type]).sort());
  }
});

test('the API accepts a value of each kind for each filter', () => {
  const values = { id: '7', pattern: 'web%', status: '%', time: '2026-05-06T07:08:09Z', switch: 'true' };
  for (const type of SEARCH_TYPES) {
    for (const { parameter, kind } of filtersOf(type)) {
      const { filters } = toSearch(
        search.parameters.parse({ type, [parameter]: kind === 'status' ? 'a%' : values[kind] }),
      );
      expect(filters).toHaveProperty(parameter);
      expect(filters[parameter]).toBeDefined();
    }
  }
});

test('no name stands for two filters of a type', () => {
  for (const type of SEARCH_TYPES) {
    const names = filtersOf(type).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(allFilterNames()).toContain(name);
  }
});
