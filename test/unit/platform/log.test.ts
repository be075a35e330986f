import { expect, test } from 'vitest';
import { createLogger } from '../../../platform/log.ts';

test('secrets are redacted, as fields and within settings', () => {
  const config = {
    postgresUrl: 'SECRET',
    targetPostgresUrl: 'SECRET',
    schedulerKey: 'SECRET',
    temporal: { apiKey: 'SECRET' },
    relay: { password: 'SECRET', key: 'SECRET' },
    tls: { cert: 'public', key: 'SECRET' },
    logLevel: 'info',
  };
  const lines: string[] = [];
  const log = createLogger('test', 'info', { write: (line) => lines.push(line) });
  log.info(config, 'started');
  for (const [name, value] of Object.entries(config)) {
    if (typeof value === 'object') log.info(value, 'started');
    else log.info({ config: { [name]: value } }, 'started');
  }
  expect(lines.join('')).toContain('public');
  expect(lines.join('')).not.toContain('SECRET');
});
