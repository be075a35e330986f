import fc from 'fast-check';
import { expect, test } from 'vitest';
import { publicSettings } from '../../../../platform/postgres/settings-audit.ts';

test('only numbers, booleans and a few named texts are shown, at any depth', () => {
  const secret = fc.stringMatching(/^S3CRET[!-~]{1,40}$/);
  const name = fc.constantFrom(
    'postgresUrl',
    'password',
    'key',
    'schedulerKey',
    'cert',
    'apiKey',
    'anything',
  );
  const { settings } = fc.letrec((tie) => ({
    settings: fc.dictionary(
      name,
      fc.oneof(
        { maxDepth: 4 },
        secret,
        fc.array(secret),
        fc.integer(),
        fc.constant(undefined),
        tie('settings'),
      ),
    ),
  }));
  fc.assert(
    fc.property(settings, (config) => {
      const shown = publicSettings(config as object);
      expect(JSON.stringify(shown)).not.toContain('S3CRET');
      expect(Object.keys(shown)).toEqual(Object.keys(config as object));
    }),
  );
});

test('useful settings are shown, without passwords', () => {
  expect(
    publicSettings({
      host: '::1',
      maxRequests: 5,
      isOn: false,
      tls: { cert: 'x', key: 'y' },
      schedulerKey: undefined,
      tokenBinding: 'first-request',
      postgresUrl: 'postgres://migapi:secret@db.example.net:5433/mig?sslpassword=secret#secret',
    }),
  ).toEqual({
    host: '::1',
    maxRequests: 5,
    isOn: false,
    tls: { cert: 'set', key: 'set' },
    schedulerKey: 'not set',
    tokenBinding: 'first-request',
    postgresUrl: 'postgres://migapi@db.example.net:5433/mig',
  });
});
