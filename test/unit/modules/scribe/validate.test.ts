import { expect, test } from 'vitest';
import { scribe } from '../../../../modules/scribe/module.ts';

const raw = { identifiers: [{ identifier: 'a', value: '1' }] };
const object = (source: object) => ({ objects: [{ object: 'o', ...source }] });
const tests = (...list: object[]) => ({ objects: [{ object: 'o', raw }], tests: list });
const lines = { path: '/x', file: 'a', expression: 'b' };

test.each([
  [{ objects: [{ raw }] }, 'an object in document has no identifier'],
  [object({}), 'o: no valid source interface'],
  [object({ filecontent: { path: '/x' } }), 'o: filecontent file must be set'],
  [object({ filecontent: { path: '/x', file: 'a' } }), 'o: filecontent expression must be set'],
  [object({ hasline: { path: '/x' } }), 'o: hasline file must be set'],
  [object({ hasline: { path: '/x', file: 'a' } }), 'o: hasline expression must be set'],
  [object({ filename: { path: '/x' } }), 'o: filename file must be set'],
  [object({ filecontent: { ...lines, 'import-chain': ['nope'] } }), 'o: unknown object "nope"'],
  [
    object({ raw: { identifiers: [{ identifier: 'a' }] } }),
    'o: identifier must include identifier and value',
  ],
  [tests({ object: 'o' }), 'a test in document has no identifier'],
  [tests({ test: 't', if: ['u'] }), 't: unknown test "u"'],
  [tests({ test: 't', if: ['t'] }), 't: test cannot reference itself'],
  [tests({ test: 't', tags: [{ key: '"' }] }), 't: test tag key cannot contain quote'],
  [tests({ test: 't', tags: [{ key: 'k', value: '"' }] }), 't: test tag value cannot contain quote'],
])('%j is refused in MIGs words', (scribedoc, problem) => {
  expect(scribe.checkParameters({ scribedoc })).toBe(problem);
});

test.each([
  [object({ package: { name: 'a', collectmatch: '(' } })],
  [object({ filecontent: { ...lines, file: '(' } })],
  [object({ hasline: { ...lines, expression: '(' } })],
])('a bad pattern in %j is refused', (scribedoc) => {
  expect(scribe.checkParameters({ scribedoc })).toMatch(/^o: error parsing regexp/);
});

test('only the source that counts is checked', () => {
  const scribedoc = object({ raw, hasline: { path: '/x', file: '(', expression: '(' } });
  expect(scribe.checkParameters({ scribedoc })).toBeUndefined();
});

test('an empty policy is valid', () => {
  expect(scribe.checkParameters({ scribedoc: {} })).toBeUndefined();
  expect(scribe.checkParameters({})).toBeUndefined();
});

test('a server refuses a pattern that is too large before it compiles any', () => {
  const scribedoc = object({ hasline: { ...lines, expression: '((a{100}){100}){100}' } });
  expect(scribe.checkParametersInSteps?.({ scribedoc }).next()).toEqual({
    done: true,
    value: "object 'o' has a pattern that is too large: '((a{100}){100}){100}'",
  });
});
