import { readFileSync } from 'node:fs';
import pg from 'pg';

const ROLES = ['migadmin', 'migapi', 'migscheduler', 'migtarget', 'migsearch'] as const;
export type LoginRole = (typeof ROLES)[number];

/** Disk limit of a hostile target. Only a superuser can set it, so no target can lift it. */
const TARGET_TEMP_FILES = '1GB';

interface BootstrapOptions {
  database: string;
  passwords: Record<LoginRole, string>;
}

/**
 * Creates the roles and an empty database owned by migadmin, and revokes from PUBLIC what it does not need. Must run
 * as a superuser, or as a role that may create roles and databases. Safe to repeat: it sets the passwords again. In
 * production this is done by hand or with other tools (docs/operations.md).
 */
export async function bootstrap(
  superuserUrl: string,
  { database, passwords }: BootstrapOptions,
): Promise<void> {
  const isSuperuser = await withClient(superuserUrl, async (client) => {
    await createRoles(client, passwords);
    const { rowCount } = await client.query(
      `SELECT FROM pg_database
       WHERE datname = $1`,
      [database],
    );
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER migadmin`);
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
    await createRole(client, `${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE`);
    await client.query(`ALTER ROLE ${role} LOGIN PASSWORD ${pg.escapeLiteral(passwords[role])}`);
  }
  await createRole(client, 'migreadonly NOLOGIN NOSUPERUSER');
  await client.query('GRANT migreadonly TO migadmin');
}

/** Postgres has no CREATE ROLE IF NOT EXISTS. */
async function createRole(client: pg.Client, role: string): Promise<void> {
  await client.query(
    `DO $$
     BEGIN
       CREATE ROLE ${role};
     EXCEPTION
       WHEN duplicate_object THEN NULL;
     END $$`,
  );
}

/** Sets limits that only a superuser can set. Returns false on a server without one (docs/operations.md). */
async function limitTargets(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ rolsuper: boolean }>(
    `SELECT rolsuper
     FROM pg_roles
     WHERE rolname = current_user`,
  );
  if (rows[0]?.rolsuper !== true) return false;
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
