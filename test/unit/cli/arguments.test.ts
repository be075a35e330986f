import { expect, test } from 'vitest';
import { takeGlobalOptions } from '../../../cli/arguments.ts';
import { moduleInterface } from '../../../modules/schemas.ts';

const flags = moduleInterface('file')?.flags ?? {};

test('options and module flags may be mixed', () => {
  const line = ['-t', "os='linux'", '-path', '/etc', '-e=60s', '-name', '^passwd$', '--json', '-show', 'all'];
  const { options, rest } = takeGlobalOptions(line, flags);
  expect(options).toMatchObject({ target: "os='linux'", expiration: '60s', json: true, show: 'all' });
  expect(rest).toEqual(['-path', '/etc', '-name', '^passwd$']);
});

test('a value of a module flag is never taken for an option', () => {
  const { options, rest } = takeGlobalOptions(['-name', '-p', '-content', '-s', '-matchany', '-p'], flags);
  expect(options).toMatchObject({ printAction: true, signOnly: false });
  expect(rest).toEqual(['-name', '-p', '-content', '-s', '-matchany']);
});

test('wrong use is said in words', () => {
  expect(() => takeGlobalOptions(['-show', 'some'], flags)).toThrow('-show must be found, notfound or all');
  expect(() => takeGlobalOptions(['-t'], flags)).toThrow('flag needs an argument: -t');
  expect(() => takeGlobalOptions(['-target-found', '1', '-target-notfound', '2'], flags)).toThrow(
    'cannot be used together',
  );
});
