import { expect, test } from 'vitest';
import { example } from '../../../../modules/example/module.ts';

const REFUSED = 'ValidateParameters: LookupHost parameter is not a valid FQDN.';

test('flags become parameters, and a name may be repeated', () => {
  expect(example.parseFlags(['-gethostname', '-lookuphost', 'a.example', '-lookuphost=b.example'])).toEqual({
    gethostname: true,
    lookuphost: ['a.example', 'b.example'],
  });
});

test('every DNS name is accepted', () => {
  const lookuphost = ['localhost', 'relay-1.example.net', 'A.b', '4.example', `${'x'.repeat(63)}.example`];
  expect(example.checkParameters({ lookuphost })).toBeUndefined();
});

test.each(['', '.', 'a..b', 'a.', '-a', 'a-.b', 'a_b', 'a b', 'a\n', 'x'.repeat(64)])(
  'the name %j is refused',
  (name) => expect(example.checkParameters({ lookuphost: ['localhost', name] })).toBe(REFUSED),
);

test('a value of another type is refused with its field', () => {
  expect(example.checkParameters({ gethostname: 'yes' })).toContain('gethostname');
});
