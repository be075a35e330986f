import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MigError } from '../../../contract/errors.ts';
import { readPem, readSecret, relayFromUrl } from '../../../platform/config.ts';

const refused = expect.objectContaining({ code: 'config_invalid' });

test('a relay URL is read, or refused without revealing its password', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('%', '%zz', '%ff', '[', 's:e', '@'));
  fc.assert(
    fc.property(part, part, part, (user, host, vhost) => {
      try {
        relayFromUrl(`amqp://${user}:topsecret%zz@${host}/${vhost}`, {});
      } catch (error) {
        expect(error).toBeInstanceOf(MigError);
        expect(String(error)).not.toContain('topsecret');
      }
    }),
  );
  expect(relayFromUrl('amqp://a%40b:c@h/%2Fv', {})).toMatchObject({ username: 'a@b', vhost: '/v' });
});

test('a missing file is refused by name', () => {
  for (const read of [readPem, readSecret]) {
    expect(() => read('/nonexistent/key')).toThrow(refused);
    expect(() => read('/nonexistent/key')).toThrow(/\/nonexistent\/key/);
  }
});
