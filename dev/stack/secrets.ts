import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SECRETS = [
  'superuser',
  'migadmin',
  'migapi',
  'migscheduler',
  'migtarget',
  'migsearch',
  'scheduler',
  'agent',
] as const;

/** Passwords of the database's roles and the relay's users. */
export type Secrets = Record<(typeof SECRETS)[number], string>;

export function readSecrets(home: string): Secrets {
  return JSON.parse(readFileSync(secretsFile(home), 'utf8'));
}

export function hasSecrets(home: string): boolean {
  return existsSync(secretsFile(home));
}

/** Reads the secrets of this home, and makes those that are missing. */
export function ensureSecrets(home: string): Secrets {
  const known: Partial<Secrets> = hasSecrets(home) ? readSecrets(home) : {};
  const entries = SECRETS.map((name) => [name, known[name] ?? randomBytes(24).toString('hex')]);
  const secrets = Object.fromEntries(entries) as Secrets;
  if (SECRETS.some((name) => known[name] === undefined)) {
    writeFileSync(secretsFile(home), JSON.stringify(secrets), { mode: 0o600 });
  }
  return secrets;
}

function secretsFile(home: string): string {
  return join(home, 'secrets.json');
}
