import pg from 'pg';

const ROLES = ['migadmin', 'migapi', 'migscheduler'] as const;
export type LoginRole = (typeof ROLES)[number];

/**
 * Creates the four roles and an empty database owned by migadmin; for whoever may (a superuser). Safe to repeat: it
 * sets the passwords again. Production does the same by hand or by its own tools (docs/operations.md).
 */
export async function bootstrap(
  superuserUrl: string,
  { database, passwords }: { database: string; passwords: Record<LoginRole, string> },
): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    for (const role of ROLES) {
      await client.query(
        `DO $$ BEGIN CREATE ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      );
      await client.query(`ALTER ROLE ${role} PASSWORD ${pg.escapeLiteral(passwords[role])}`);
    }
    await client.query(
      `DO $$ BEGIN CREATE ROLE migreadonly NOLOGIN NOSUPERUSER; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    );
    await client.query('GRANT migreadonly TO migadmin');
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (!rowCount) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER migadmin`);
    await client.query(`REVOKE ALL ON DATABASE ${pg.escapeIdentifier(database)} FROM PUBLIC`);
    await client.query(`GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(database)} TO migapi, migscheduler`);
  } finally {
    await client.end();
  }
}
