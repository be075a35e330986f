import { describe, expect, test } from 'vitest';
import { describeSets, parsePermissionWords } from '../../../../cli/records/permission-words.ts';
import { ALL_PERMISSIONS, DEFAULT_PERMISSIONS, permissionBit } from '../../../../contract/permissions.ts';

const parse = (text: string) => parsePermissionWords('-set', text);

describe('names of permissions', () => {
  test.each([
    ['search', 1],
    ['Default', DEFAULT_PERMISSIONS],
    ['permadmin', 458_752],
    ['PermLoader,PermManifest', 1984 + 63_488],
    ['loader manifest', permissionBit('loader') + permissionBit('manifest')],
    [' search ,,action ', 3],
    ['all', ALL_PERMISSIONS],
  ])('%j', (text, mask) => {
    expect(parse(text)).toBe(mask);
  });

  test.each([
    ['', '-set names no permission'],
    [' , ', '-set names no permission'],
    ['serach', '-set: there is no permission "serach"; did you mean search?; there are Default, PermLoader'],
    ['PermAdmn', 'did you mean PermAdmin?'],
    ['constructor', 'there is no permission "constructor"; there are'],
    ['search;action', 'there is no permission "search;action"'],
  ])('refuses %j', (text, problem) => {
    expect(() => parse(text)).toThrow(problem);
  });
});

test('sets are described as in MIG, in full and in part', () => {
  expect(describeSets(0)).toBe('none');
  expect(describeSets(DEFAULT_PERMISSIONS)).toBe('Default');
  expect(describeSets(1)).toBe('Default (partial)');
  expect(describeSets(ALL_PERMISSIONS)).toBe('Default, PermLoader, PermManifest, PermAdmin');
});
