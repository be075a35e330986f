import { type LoggerOptions, type Logger as PinoLogger, pino } from 'pino';

export type Logger = PinoLogger;

const SECRET_KEYS = [
  'password',
  'passphrase',
  'privateKey',
  'key',
  'token',
  'authorization',
  'apikey',
  'apiKey',
  'schedulerKey',
  'url',
  'postgresUrl',
  'targetPostgresUrl',
];

/** JSON lines on stdout, or where `to` takes them. Whatever is named like a secret is left out. */
export function createLogger(name: string, level = 'info', to?: { write(line: string): void }): Logger {
  const options: LoggerOptions = {
    name,
    level,
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return to === undefined ? pino(options) : pino(options, to);
}
