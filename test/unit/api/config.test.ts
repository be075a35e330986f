import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../api/config.ts';

const URL = {
  MIG_POSTGRES_URL: 'postgres://migapi:secret@localhost/mig',
  MIG_POSTGRES_TARGET_URL: 'postgres://migsearch:secret@localhost/mig',
};

test('the URL for targets is required and must name another role', () => {
  const { MIG_POSTGRES_URL } = URL;
  expect(() => loadConfig({ MIG_POSTGRES_URL })).toThrow(/MIG_POSTGRES_TARGET_URL/);
  const same = { MIG_POSTGRES_URL, MIG_POSTGRES_TARGET_URL: MIG_POSTGRES_URL };
  expect(() => loadConfig(same)).toThrow(/MIG_POSTGRES_TARGET_URL must name another role/);
  expect(() => loadConfig(same)).not.toThrow(/secret/);
});

test('all bad keys are named at once, without their values', () => {
  const bad = { MIG_POSTGRES_URL: 'mysql://root:secret@x', MIG_API_PORT: 'http', MIG_LOG_LEVEL: 'loud' };
  expect(() => loadConfig(bad)).toThrow(/MIG_POSTGRES_URL.*MIG_API_PORT.*MIG_LOG_LEVEL/s);
  expect(() => loadConfig(bad)).not.toThrow(/secret/);
});

test('a public address without TLS is refused unless a proxy terminates TLS', () => {
  expect(() => loadConfig({ ...URL, MIG_API_HOST: '0.0.0.0' })).toThrow(/not a loopback address/);
  const behindProxy = {
    MIG_API_HOST: '0.0.0.0',
    MIG_API_BEHIND_PROXY: 'true',
    MIG_API_CLIENT_IP: 'x-forwarded-for:0',
  };
  expect(loadConfig({ ...URL, ...behindProxy }).host).toBe('0.0.0.0');
  expect(loadConfig(URL).host).toBe('127.0.0.1');
});

test('behind a proxy the setting for the address of the client is required', () => {
  const behindProxy = { ...URL, MIG_API_BEHIND_PROXY: 'true' };
  expect(() => loadConfig(behindProxy)).toThrow(/needs MIG_API_CLIENT_IP=x-forwarded-for:<n>/);
  expect(() => loadConfig({ ...behindProxy, MIG_API_CLIENT_IP: 'peer' })).toThrow(/MIG_API_CLIENT_IP/);
  expect(loadConfig({ ...behindProxy, MIG_API_CLIENT_IP: 'x-forwarded-for:1' }).clientIp).toBe(
    'x-forwarded-for:1',
  );
});

test('a key file that other users can read is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mig-config-'));
  const write = (name: string, mode: number) => {
    writeFileSync(join(folder, name), name, { mode });
    return join(folder, name);
  };
  const tls = { MIG_API_TLS_CERT_FILE: write('cert', 0o644), MIG_API_TLS_KEY_FILE: write('key', 0o600) };
  expect(loadConfig({ ...URL, ...tls }).tls).toEqual({ cert: 'cert', key: 'key' });
  const open = { ...tls, MIG_API_TLS_KEY_FILE: write('open', 0o640) };
  expect(() => loadConfig({ ...URL, ...open })).toThrow(/open contains a secret and must have mode 0600/);
  expect(() => loadConfig({ ...URL, ...tls, MIG_API_TLS_CERT_FILE: '' })).toThrow(/go together/);
  rmSync(folder, { recursive: true });
});
