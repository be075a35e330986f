import { hostname } from 'node:os';
import { errorMessage } from '../../contract/errors.ts';
import { runEvery } from '../async/run-every.ts';
import type { Logger } from '../log.ts';
import type { Pool } from './pool.ts';
import { recordSettings } from './queries/audit.ts';

const RETRY_MS = 10_000;

/** Records the settings of a program that differ from its last start; retries until the database answers. */
export function startSettingsAudit({
  pool,
  log,
  program,
  config,
}: {
  pool: Pool;
  log: Logger;
  program: string;
  config: object;
}): AsyncDisposable {
  const settings = publicSettings(config);
  const entry = { program: `${program}@${hostname()}`, settings };
  return runEvery({
    everyMs: RETRY_MS,
    async run() {
      try {
        await recordSettings(pool, entry);
        log.info({ audit: { kind: 'setting', actor: entry.program, detail: settings } }, 'audit');
        return 'done';
      } catch (error) {
        log.warn({ error: errorMessage(error) }, 'settings not recorded yet');
        return undefined;
      }
    },
  });
}

/** Texts that are no secrets; any other text is shown as `set`. Numbers and switches are never secrets. */
const SHOWN = [
  'host',
  'publicUrl',
  'clientIp',
  'tokenBinding',
  'logLevel',
  'address',
  'namespace',
  'vhost',
  'username',
];
/** URLs whose role, server and database are shown. */
const DATABASES = ['postgresUrl', 'targetPostgresUrl'];

export function publicSettings(config: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, publicValue(name, value)]));
}

function publicValue(name: string, value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (DATABASES.includes(name)) return withoutSecrets(value);
    return SHOWN.includes(name) ? value : 'set';
  }
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'object' && value !== null) return publicSettings(value);
  return 'not set';
}

function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return 'set';
  const { protocol, username, host, pathname } = new URL(url);
  return `${protocol}//${username}@${host}${pathname}`;
}
