import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../cli/config.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'migrc-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

function load({ api = '', gpg = '' }: { api?: string; gpg?: string }) {
  const file = join(folder, 'migrc');
  writeFileSync(file, `[api]\nurl = "https://x/api/v1"\n${api}\n[gpg]\nkeyid = ${'ab'.repeat(20)}\n${gpg}\n`);
  return loadConfig(file);
}

describe('skipverifycert is read as gcfg reads it', () => {
  const isSkipped = (line: string) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', undefined);
    load({ api: line });
    return process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0';
  };
  test.each(['true', 'yes', 'on', '1', 'TRUE', 'Yes', '"on"', 'on ; why'])('= %s: skipped', (value) => {
    expect(isSkipped(`skipverifycert = ${value}`)).toBe(true);
  });
  test('without a value: skipped', () => expect(isSkipped('SkipVerifyCert')).toBe(true));
  test.each(['false', 'no', 'off', '0', 'OFF'])('= %s: verified', (value) => {
    expect(isSkipped(`skipverifycert = ${value}`)).toBe(false);
  });
  test('not given: verified', () => expect(isSkipped('')).toBe(false));
  test.each(['maybe', '', '2', 'y', 't', 'enabled'])('= %s: refused by name', (value) => {
    expect(() => isSkipped(`skipverifycert = ${value}`)).toThrow('[api] skipverifycert must be on or off');
  });
});
