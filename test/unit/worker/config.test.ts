import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../worker/config.ts';

test('a key file for the relay that other users can read is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mig-config-'));
  const write = (name: string, mode: number) => {
    writeFileSync(join(folder, name), name, { mode });
    return join(folder, name);
  };
  const env = {
    MIG_POSTGRES_URL: 'postgres://migscheduler:secret@localhost/mig',
    MIG_POSTGRES_TARGET_URL: 'postgres://migtarget:secret@localhost/mig',
    MIG_AMQP_URL: 'amqps://scheduler:secret@localhost/mig',
    MIG_AMQP_CA_FILE: write('ca', 0o644),
    MIG_AMQP_CERT_FILE: write('cert', 0o644),
    MIG_AMQP_KEY_FILE: write('key', 0o600),
  };
  expect(loadConfig(env).relay).toMatchObject({ ca: 'ca', cert: 'cert', key: 'key' });
  const open = { ...env, MIG_AMQP_KEY_FILE: write('open', 0o604) };
  expect(() => loadConfig(open)).toThrow(/open contains a secret and must have mode 0600/);
  rmSync(folder, { recursive: true });
});
