import { z } from 'zod';
import { parseEnv, postgresUrl, readEnv } from '../platform/config.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import { createPool } from '../platform/postgres/pool.ts';

// `npm run migrate` with MIG_POSTGRES_URL: applies what is missing, as the owner of the database.
const { MIG_POSTGRES_URL: url } = parseEnv(z.object({ MIG_POSTGRES_URL: postgresUrl }), readEnv());
const pool = createPool({ url, name: 'mig migrate', max: 1 });
try {
  const applied = await migrate(pool);
  process.stdout.write(
    applied.length === 0 ? 'the database is up to date\n' : `applied ${applied.join(', ')}\n`,
  );
} finally {
  await pool.end();
}
