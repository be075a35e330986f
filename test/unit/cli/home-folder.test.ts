import { homedir, userInfo } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import { homeFolder } from '../../../cli/home-folder.ts';

afterEach(() => vi.unstubAllEnvs());

test('is that of HOME', () => {
  vi.stubEnv('HOME', '/somewhere/else');
  expect(homeFolder()).toBe('/somewhere/else');
});

test.each(['', '.', 'here', '../there'])('is never one of the working directory: HOME=%j', (home) => {
  vi.stubEnv('HOME', home);
  expect(homedir()).toBe(home);
  expect(homeFolder()).toBe(userInfo().homedir);
});
