import { z } from 'zod';
import { parseEnv, postgresUrl, readEnv, readTemporal, temporalEnv } from '../platform/config.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import { createPool, requireConnection } from '../platform/postgres/pool.ts';
import { runScript } from '../platform/program/command-line.ts';
import { registerSearchAttributes } from '../platform/temporal/search-attributes.ts';

const USAGE = `npm run migrate

Applies what is missing to the database of MIG_POSTGRES_URL, as its owner (the role migadmin). With TEMPORAL_ADDRESS it
registers Temporal's search attributes, too. docs/operations.md tells how to set both up.
`;
const Env = z.object({
  MIG_POSTGRES_URL: postgresUrl,
  ...temporalEnv,
  TEMPORAL_ADDRESS: z.string().optional(),
});
await runScript({ usage: USAGE }, async () => {
  const { TEMPORAL_ADDRESS: address, ...env } = parseEnv(Env, readEnv());
  const temporal = address === undefined ? undefined : readTemporal({ ...env, TEMPORAL_ADDRESS: address });
  const say = (line: string) => process.stdout.write(`${line}\n`);

  const pool = createPool({ url: env.MIG_POSTGRES_URL, name: 'mig migrate', max: 1 });
  try {
    await requireConnection(pool, { url: env.MIG_POSTGRES_URL, setting: 'MIG_POSTGRES_URL' });
    const applied = await migrate(pool);
    say(applied.length === 0 ? 'the database is up to date' : `applied ${applied.join(', ')}`);
  } finally {
    await pool.end();
  }
  if (temporal !== undefined) {
    const added = await registerSearchAttributes(temporal);
    say(added.length === 0 ? 'the search attributes are registered' : `registered ${added.join(', ')}`);
  }
  return 0;
});
