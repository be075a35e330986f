import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { parseEnv, readTemporal, temporalEnv } from '../../../platform/config.ts';
import { connectionOptions } from '../../../platform/temporal/client.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-temporal-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function secretFile(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

const FILES = {
  TEMPORAL_TLS_CA_FILE: secretFile('ca', 'CA'),
  TEMPORAL_TLS_CERT_FILE: secretFile('cert', 'CERT'),
  TEMPORAL_TLS_KEY_FILE: secretFile('key', 'KEY'),
  TEMPORAL_API_KEY_FILE: secretFile('api', 'WORD\n'),
};
const read = (env: Record<string, string>) => readTemporal(parseEnv(z.object(temporalEnv), env));

test('TLS is used exactly when a setting needs it, and certificate and key are required together', () => {
  const settings = fc.record(
    {
      TEMPORAL_TLS: fc.constantFrom('true', 'false'),
      TEMPORAL_TLS_SERVER_NAME: fc.constantFrom('', 'temporal.example.net'),
      TEMPORAL_TLS_CA_FILE: fc.constantFrom('', FILES.TEMPORAL_TLS_CA_FILE),
      TEMPORAL_TLS_CERT_FILE: fc.constantFrom('', FILES.TEMPORAL_TLS_CERT_FILE),
      TEMPORAL_TLS_KEY_FILE: fc.constantFrom('', FILES.TEMPORAL_TLS_KEY_FILE),
      TEMPORAL_API_KEY_FILE: fc.constantFrom('', FILES.TEMPORAL_API_KEY_FILE),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(settings, (env) => {
      const isSet = (name: keyof typeof env) => Boolean(env[name]) && env[name] !== 'false';
      if (isSet('TEMPORAL_TLS_CERT_FILE') !== isSet('TEMPORAL_TLS_KEY_FILE')) {
        expect(() => read(env)).toThrow(/go together/);
        return;
      }
      const options = connectionOptions(read(env));
      const names = Object.keys(env) as (keyof typeof env)[];
      expect(options.tls !== undefined).toBe(names.some(isSet));
      expect(options.tls?.clientCertPair !== undefined).toBe(isSet('TEMPORAL_TLS_KEY_FILE'));
      expect(options.tls?.serverRootCACertificate !== undefined).toBe(isSet('TEMPORAL_TLS_CA_FILE'));
      expect(options.tls?.serverNameOverride !== undefined).toBe(isSet('TEMPORAL_TLS_SERVER_NAME'));
      expect(options.apiKey).toBe(isSet('TEMPORAL_API_KEY_FILE') ? 'WORD' : undefined);
    }),
  );
});

test('an API key that cannot be a header is refused without revealing it', () => {
  const words = fc.string().filter((word) => !/^[\x21-\x7e]+$/.test(word.trim()));
  fc.assert(
    fc.property(words, (word) => {
      const file = secretFile('odd', `${word}`);
      expect(() => read({ TEMPORAL_API_KEY_FILE: file })).toThrow(
        'configuration: TEMPORAL_API_KEY_FILE must contain one word',
      );
    }),
  );
});
