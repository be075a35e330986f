import { describe, expect, test } from 'vitest';
import { exitStatusOf } from '../../../../agent/loader/exit-status.ts';
import { LOADER_HELP } from '../../../../agent/loader/loader-help.ts';
import { parseLoaderOptions } from '../../../../agent/loader/loader-options.ts';
import { MigError } from '../../../../contract/errors.ts';

describe('the command line of the loader', () => {
  test('is that of MIG', () => {
    expect(parseLoaderOptions([])).toEqual({
      task: 'update',
      configFile: '/etc/mig/mig-loader.cfg',
      isQuiet: false,
      isRetry: false,
      isInitial: false,
      help: undefined,
    });
    expect(parseLoaderOptions(['-c', '-f', '/x.cfg'])).toMatchObject({
      task: 'ensure agent runs',
      configFile: '/x.cfg',
    });
    expect(parseLoaderOptions(['-i'])).toMatchObject({ task: 'update', isInitial: true });
  });

  test('has a dry run, a quiet run, and one that retries', () => {
    expect(parseLoaderOptions(['-check', '-q'])).toMatchObject({ task: 'check', isQuiet: true });
    expect(parseLoaderOptions(['--retry'])).toMatchObject({ task: 'update', isRetry: true });
  });

  test('ends what it has arranged', () => {
    expect(parseLoaderOptions(['-remove', '-q'])).toMatchObject({ task: 'unschedule', isQuiet: true });
  });

  test.each([
    [['-s'], /-i makes a task of Windows/],
    [['-c', '-check'], /exclude each other/],
    [['-i', '-check'], /exclude each other/],
    [['-i', '-remove'], /-remove stands alone/],
    [['-remove', '-retry'], /-remove stands alone/],
    [['-f', '/a', '-f', '/b'], /-f is given twice/],
    [['-f'], /needs an argument/],
    [['now'], /unexpected word "now"/],
    [['-k', 'secret'], /-k/],
  ])('refuses %j', (args, message) => {
    expect(() => parseLoaderOptions(args)).toThrow(message);
  });

  test('explains every flag and every exit status', () => {
    for (const word of ['-check', '-c ', '-i ', '-q ', '-remove', '-retry', '-f FILE'])
      expect(LOADER_HELP).toContain(word);
    const errors = [
      new MigError('manifest_refused', ''),
      new MigError('unavailable', ''),
      new MigError('already_running', ''),
      new MigError('installation_undone', ''),
      new Error('a fault'),
    ];
    const statuses = errors.map(exitStatusOf);
    expect(statuses).toEqual([3, 4, 5, 6, 1]);
    for (const status of [0, ...statuses, 10]) expect(LOADER_HELP).toMatch(new RegExp(`\\b${status} `));
    expect(LOADER_HELP.split('\n').filter((line) => line.length > 108)).toEqual([]);
  });
});
