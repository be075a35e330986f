import { type Logger as PinoLogger, pino } from 'pino';

export type Logger = PinoLogger;

const SECRET_KEYS = [
  'password',
  'passphrase',
  'privateKey',
  'key',
  'token',
  'authorization',
  'apikey',
  'url',
];

/** JSON lines on stdout. Whatever is named like a secret is left out. */
export function createLogger(name: string, level = 'info'): Logger {
  return pino({
    name,
    level,
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}
