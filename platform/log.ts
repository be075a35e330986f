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

/** Writes JSON lines to stdout or another destination. Fields that are named like a secret are redacted. */
export function createLogger(
  name: string,
  level = 'info',
  destination?: { write(line: string): void },
): Logger {
  const options: LoggerOptions = {
    name,
    level,
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
