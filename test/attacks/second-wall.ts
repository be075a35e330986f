import { errorMessage } from '../../contract/errors.ts';
import { createPool } from '../../platform/postgres/pool.ts';
import { type Attack, brief, stoppedIf } from './attack.ts';
import type { Rig } from './rig.ts';

const WALL = 'the second wall: one statement, with rights that read little and write nothing';

/** Targets that the first wall refuses, passed straight to the functions that evaluate targets. */
const TARGETS: readonly (readonly [name: string, target: string])[] = [
  ['pg_sleep', 'pg_sleep(30) IS NULL'],
  ['set_config to another role', `set_config('role', 'migadmin', false) IS NULL`],
  ['set_config of the time limit', `set_config('statement_timeout', '0', false) IS NULL`],
  ['a new large object', 'lo_creat(-1) > 0'],
  ['a file as a large object', `lo_import('/etc/passwd') > 0`],
  ['a large object as a file', `lo_export(1, '/tmp/mig-attack') > 0`],
  ['an advisory lock', 'pg_advisory_lock(1) IS NULL'],
  ['an advisory lock of the transaction', 'pg_advisory_xact_lock(1) IS NULL'],
  ['a file of the server', `pg_read_file('/etc/passwd') IS NULL`],
  ['API key hashes', 'EXISTS (SELECT apikey FROM investigators)'],
  ['WITH that deletes', 'id IN (WITH x AS (DELETE FROM agents RETURNING id) SELECT id FROM x)'],
  ['a second statement', 'true); DELETE FROM agents; SELECT id FROM agents WHERE (true'],
  ['a second statement that commits', 'true); COMMIT; SELECT id FROM agents WHERE (true'],
  ['the expansion of another action', 'mig_target.resolve(1, true) > 0'],
];

/** Refusals by Postgres, not by our own code. */
const REFUSAL = /permission denied|data-modifying|cannot open multi-query plan|unterminated|syntax error/;

/** Returns the outcome of each function that evaluates targets. */
async function evaluate(rig: Rig, target: string): Promise<Record<'search' | 'resolve' | 'explain', string>> {
  const actionId = await storeAction(rig, target);
  return {
    search: await ask(rig, 'migsearch', 'SELECT mig_target.search($1, true, 10, 0)', [target]),
    resolve: await ask(rig, 'migtarget', 'SELECT mig_target.resolve($1, true)', [actionId]),
    explain: await ask(rig, 'migsearch', 'SELECT mig_target.explain($1)', [target]),
  };
}

async function ask(
  { slot }: Rig,
  role: 'migsearch' | 'migtarget',
  statement: string,
  values: unknown[],
): Promise<string> {
  const pool = createPool({ url: slot.urlOf(role, slot.name), name: 'attack', max: 1 });
  try {
    return await pool.query(statement, values).then(() => 'allowed', errorMessage);
  } finally {
    await pool.end();
  }
}

/** Stores an action as if the API had accepted it, without a workflow. */
async function storeAction({ pool }: Rig, target: string): Promise<number> {
  const { rows } = await pool.query(
    `INSERT INTO actions (name, target, description, threat, operations, validfrom, expireafter, status,
       syntaxversion, pgpsignatures)
     VALUES ('second wall', $1, '{}', '{}', '[]', now(), now() + interval '1 hour', 'completed', 2, '[]')
     RETURNING id`,
    [target],
  );
  return rows[0].id;
}

async function contents({ pool }: Rig): Promise<string> {
  const { rows } = await pool.query(
    `SELECT (SELECT count(*) FROM agents) AS agents,
       (SELECT count(*) FROM commands) AS commands,
       (SELECT count(*) FROM pg_largeobject_metadata) AS objects`,
  );
  return JSON.stringify(rows[0]);
}

export const SECOND_WALL_ATTACKS: readonly Attack[] = TARGETS.map(
  ([name, target]): Attack => ({
    name: `second wall: ${name}`,
    holder: 'the API host',
    wall: WALL,
    async run(rig) {
      const before = await contents(rig);
      const startedAt = performance.now();
      const { search, resolve, explain } = await evaluate(rig, target);
      const ms = performance.now() - startedAt;
      // Planning runs nothing, so a target that may not run may still be planned.
      const areRefused =
        REFUSAL.test(search) && REFUSAL.test(resolve) && (REFUSAL.test(explain) || explain === 'allowed');
      const isUnchanged = (await contents(rig)) === before;
      return stoppedIf(
        areRefused && isUnchanged && ms < 10_000,
        brief(`search: ${search}; resolve: ${resolve}; explain: ${explain}`),
      );
    },
  }),
);
