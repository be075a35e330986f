import { readFileSync } from 'node:fs';
import pg from 'pg';

const ROLES = ['migadmin', 'migapi', 'migscheduler', 'migtarget', 'migsearch'] as const;
export type LoginRole = (typeof ROLES)[number];

/** What bounds a hostile target on the disk; only a superuser can set it, so no target can lift it. */
const TARGET_TEMP_FILES = '1GB';

interface BootstrapOptions {
  database: string;
  passwords: Record<LoginRole, string>;
}

/**
 * Creates the roles and an empty database owned by migadmin, and takes from PUBLIC what it needs not; for whoever may (a
 * superuser). Safe to repeat: it sets the passwords again. Production does the same by hand or by its own tools
 * (docs/operations.md).
 */
export async function bootstrap(
  superuserUrl: string,
  { database, passwords }: BootstrapOptions,
): Promise<void> {
  const isSuperuser = await withClient(superuserUrl, async (client) => {
    await createRoles(client, passwords);
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (!rowCount) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER migadmin`);
    await client.query(`REVOKE ALL ON DATABASE ${pg.escapeIdentifier(database)} FROM PUBLIC`);
    const roles = ROLES.filter((role) => role !== 'migadmin').join(', ');
    await client.query(`GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(database)} TO ${roles}`);
    return limitTargets(client);
  });
  if (!isSuperuser) return;
  const url = new URL(superuserUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  const leastRights = readFileSync(new URL('./least-rights.sql', import.meta.url), 'utf8');
  await withClient(url.href, (client) => client.query(leastRights));
}

async function createRoles(client: pg.Client, passwords: Record<LoginRole, string>): Promise<void> {
  for (const role of ROLES) {
    await client.query(
      `DO $$ BEGIN CREATE ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    );
    await client.query(`ALTER ROLE ${role} LOGIN PASSWORD ${pg.escapeLiteral(passwords[role])}`);
  }
  await client.query(
    `DO $$ BEGIN CREATE ROLE migreadonly NOLOGIN NOSUPERUSER; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
  );
  await client.query('GRANT migreadonly TO migadmin');
}

/** True when it was allowed to: what is a superuser's to do is left out on a server that lends none (docs/operations.md). */
async function limitTargets(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query('SELECT rolsuper FROM pg_roles WHERE rolname = current_user');
  if (!rows[0]?.rolsuper) return false;
  for (const role of ['migtarget', 'migsearch']) {
    await client.query(`ALTER ROLE ${role} SET temp_file_limit = '${TARGET_TEMP_FILES}'`);
  }
  await client.query('ALTER ROLE migsearch SET default_transaction_read_only = on');
  return true;
}

async function withClient<T>(connectionString: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}
