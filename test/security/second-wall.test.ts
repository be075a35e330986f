import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../../dev/ports.ts';
import { waitFor } from '../../dev/wait-for.ts';
import {
  agentIdsOfTarget,
  EXPLAIN_NOTHING,
  explainTarget,
  RESOLVE_NOTHING,
  requireTargetRights,
  resolveIntoCommands,
} from '../../platform/postgres/queries/targets.ts';
import {
  createSingleUseSessions,
  type SingleUseSessions,
} from '../../platform/postgres/single-use-sessions.ts';
import { openSlot, type Slot } from '../setup/platform.ts';

// These targets skip the first wall, because the second one must stop them alone.

let slot: Slot;
let superuser: pg.Client;
let search: SingleUseSessions;
let resolver: SingleUseSessions;

beforeAll(async () => {
  slot = await openSlot();
  const url = new URL(slot.services.postgres.superuserUrl);
  url.pathname = `/${slot.name}`;
  superuser = new pg.Client({ connectionString: url.href });
  await superuser.connect();
  search = sessionsOf(slot.urlOf('migsearch', slot.name));
  resolver = sessionsOf(slot.urlOf('migtarget', slot.name));
  await slot.admin.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT 'a' || n, 'linux.a.' || n, 'daemon', repeat('x', 100), n, now(), now(), now(), 'online', '{}', '{}'
     FROM generate_series(1, 500) AS n`,
  );
});
afterAll(async () => {
  await search?.[Symbol.asyncDispose]();
  await resolver?.[Symbol.asyncDispose]();
  await superuser?.end();
  await slot?.[Symbol.asyncDispose]();
});

function sessionsOf(url: string, options: { max?: number; waitMs?: number } = {}): SingleUseSessions {
  return createSingleUseSessions({
    url,
    name: 'test targets',
    max: 2,
    timeoutMs: 10_000,
    warmUp: 'SELECT 1',
    ...options,
  });
}

async function newAction(target: string): Promise<number> {
  const { rows } = await slot.admin.query(
    `INSERT INTO actions (name, target, description, threat, operations, validfrom, expireafter, status, syntaxversion, pgpsignatures)
     VALUES ('hostile', $1, '{}', '{}', '[]', now(), now() + interval '1 hour', 'scheduled', 2, '')
     RETURNING id`,
    [target],
  );
  return rows[0].id;
}

/** The functions with which the platform evaluates a target. */
const EVALUATORS: Record<string, (target: string) => Promise<unknown>> = {
  search: (target) => agentIdsOfTarget(search, { target, namesStatus: false, limit: 10, offset: 0 }),
  explain: (target) => explainTarget(search, target),
  resolve: async (target) =>
    resolveIntoCommands(resolver, { actionId: await newAction(target), namesStatus: false }),
};

test('a role without the right to run targets is refused at the start, an unreachable server is not', async () => {
  await requireTargetRights(search, EXPLAIN_NOTHING);
  await requireTargetRights(resolver, RESOLVE_NOTHING);
  const refusal = { code: 'config_invalid', message: expect.stringContaining('MIG_POSTGRES_TARGET_URL') };
  await expect(requireTargetRights(search, RESOLVE_NOTHING)).rejects.toMatchObject(refusal);
  await expect(requireTargetRights(resolver, EXPLAIN_NOTHING)).rejects.toMatchObject(refusal);
  await using nowhere = sessionsOf(`postgres://migsearch@127.0.0.1:${await freePort()}/mig`);
  await requireTargetRights(nowhere, EXPLAIN_NOTHING);
});

async function contents(): Promise<unknown> {
  const { rows } = await slot.admin.query(
    `SELECT (SELECT count(*) FROM agents) AS agents,
       (SELECT count(*) FROM commands) AS commands,
       (SELECT count(*) FROM investigators) AS investigators,
       (SELECT count(*) FROM pg_class WHERE relkind = 'r') AS tables,
       (SELECT count(*) FROM pg_largeobject_metadata) AS objects,
       (SELECT last_value FROM investigators_id_seq) AS sequence`,
  );
  return rows[0];
}

describe('several statements', () => {
  const statement = fc.constantFrom(
    'DELETE FROM agents',
    'DROP TABLE actions CASCADE',
    `UPDATE investigators SET status = 'disabled'`,
    'CREATE TABLE x (y int)',
    `SELECT set_config('role', 'migadmin', false)`,
    'RESET ROLE',
    'COMMIT',
    'SELECT 1',
  );
  const end = fc.constantFrom(
    'SELECT id FROM agents WHERE (true',
    'SELECT (1',
    `SELECT id FROM agents AS agents WHERE status = 'online' AND (true`,
  );
  const hostile = fc
    .tuple(
      fc.constantFrom('true)', 'true) ORDER BY 1', 'false) UNION SELECT 1'),
      fc.array(statement, { minLength: 1, maxLength: 3 }),
      end,
    )
    .map(([begin, statements, last]) => `${begin}; ${statements.join('; ')}; ${last}`);

  test('are never run, even when the text closes its parenthesis', async () => {
    const before = await contents();
    await fc.assert(
      fc.asyncProperty(hostile, async (target) => {
        for (const run of Object.values(EVALUATORS)) {
          await expect(run(target)).rejects.toMatchObject({ code: 'target_failed' });
        }
      }),
      { numRuns: 30 },
    );
    expect(await contents()).toEqual(before);
  });
});

describe('what a target may not do', () => {
  for (const [what, target] of [
    ['read API key hashes', `EXISTS (SELECT apikey FROM investigators)`],
    ['read manifests', `EXISTS (SELECT 1 FROM manifests)`],
    ['read files', `pg_read_file('/etc/passwd') IS NULL`],
    ['write rows', `id IN (WITH x AS (DELETE FROM agents RETURNING id) SELECT id FROM x)`],
    ['advance a sequence', `nextval('ids') > 0`],
    ['set a sequence', `setval('ids', 1) > 0`],
    ['read a sequence', `EXISTS (SELECT last_value FROM ids)`],
    ['make large objects', `(-1::int4).lo_creat > 0`],
    ['take advisory locks', `(1::int8).pg_advisory_lock IS NULL`],
    ['take advisory locks of the transaction', `pg_advisory_xact_lock(1) IS NULL`],
    ['change settings', `set_config('search_path', 'evil', false) = 'x'`],
    ['change the role', `set_config('role', 'migscheduler', true) <> ''`],
    ['read settings', `('server_version'::text).current_setting = 'x'`],
    ['sleep', `(0.5).pg_sleep IS NULL`],
    ['sleep by another name', `pg_sleep_for('1 second') IS NULL`],
    ['run a query given as text', `query_to_xml('select 1', true, true, '') IS NULL`],
    ['run a query for statistics', `(select ('select to_tsvector(''a'')'::text).ts_stat limit 1) IS NULL`],
    ['read the database as XML', `database_to_xml(true, true, '') IS NULL`],
    ['notify', `pg_notify('mig_action', '1') IS NULL`],
    ['write the log of changes', `pg_logical_emit_message(false, 'x', 'y') IS NULL`],
    ['export its snapshot', `pg_export_snapshot() IS NULL`],
    ['end sessions', `pg_terminate_backend(1)`],
    ['evaluate another target', `EXISTS (SELECT mig_target.choose('true', true))`],
    ['expand an action', `mig_target.resolve(1, true) > 0`],
  ] as const) {
    test(what, async () => {
      await expect(EVALUATORS.search?.(target)).rejects.toMatchObject({
        code: 'target_failed',
        message: expect.stringMatching(/permission denied|must not contain data-modifying|WITH clause/),
      });
    });
  }

  test('call a volatile function, except a few harmless ones', async () => {
    const { rows } = await superuser.query(
      `SELECT DISTINCT p.proname AS name
       FROM pg_proc p
       JOIN pg_type t ON t.oid = p.prorettype
       WHERE p.provolatile = 'v'
         AND p.prokind = 'f'
         AND t.typname NOT IN ('internal', 'trigger')
         AND t.typname NOT LIKE '%handler'
         AND (
           has_function_privilege('migreadonly', p.oid, 'EXECUTE')
           OR has_function_privilege('migtarget', p.oid, 'EXECUTE')
           OR has_function_privilege('migsearch', p.oid, 'EXECUTE')
         )
       ORDER BY 1`,
    );
    const harmless =
      /^(nextval|currval|lastval|setval|random\w*|setseed|gen_random_uuid|uuid\w*|clock_timestamp|timeofday|current_query|txid_status|pg_(stat_get|get|is|last|current|xact|control|partition|blocking|safe_snapshot)_\w+|pg_(lock_status|prepared_xact|sequence_last_value|notification_queue_usage)|pg_\w+_(size|version)|resolve|explain|explain_loaders)$/;
    expect(rows.map((row) => row.name).filter((name) => !harmless.test(name))).toEqual([]);
  });
});

test('the login roles may only connect and call their functions', async () => {
  const { rows } = await superuser.query(
    `SELECT role,
       array(
         SELECT p.proname::text FROM pg_proc p
         WHERE p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
           AND has_schema_privilege(role, p.pronamespace, 'USAGE')
           AND has_function_privilege(role, p.oid, 'EXECUTE')
         ORDER BY 1
       ) AS functions,
       array(
         SELECT c.relname::text FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace
           AND c.relkind IN ('r', 'v')
           AND (
             has_table_privilege(role, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
             OR has_any_column_privilege(role, c.oid, 'SELECT, INSERT, UPDATE')
           )
       ) AS tables,
       has_database_privilege(role, current_database(), 'TEMP') AS temp,
       has_database_privilege(role, current_database(), 'CREATE') AS creates,
       has_schema_privilege(role, 'public', 'CREATE') OR has_schema_privilege(role, 'mig_target', 'CREATE') AS "createsThere"
     FROM unnest(ARRAY['migsearch', 'migtarget', 'migreadonly']) AS role`,
  );
  const none = { temp: false, creates: false, createsThere: false };
  expect(
    rows.map(({ tables, ...row }) => ({ ...row, tables: row.role === 'migreadonly' ? [] : tables })),
  ).toEqual([
    {
      role: 'migsearch',
      functions: ['choose_loaders', 'explain', 'explain_loaders', 'match_loader', 'search'],
      tables: [],
      ...none,
    },
    { role: 'migtarget', functions: ['resolve'], tables: [], ...none },
    { role: 'migreadonly', functions: [], tables: [], ...none },
  ]);
});

test('no role that runs targets has a right on any sequence', async () => {
  const { rows } = await superuser.query(
    `SELECT role, c.relname
     FROM pg_class c, unnest(ARRAY['migsearch', 'migtarget', 'migreadonly']) AS role
     WHERE c.relkind = 'S' AND has_sequence_privilege(role, c.oid, 'USAGE, SELECT, UPDATE')`,
  );
  expect(rows).toEqual([]);
});

test('only the administrator can replace a function that evaluates targets', async () => {
  for (const role of ['migapi', 'migscheduler', 'migtarget', 'migsearch'] as const) {
    const client = new pg.Client({ connectionString: slot.urlOf(role, slot.name) });
    await client.connect();
    const text = `CREATE OR REPLACE FUNCTION mig_target.choose(target text, with_offline boolean) RETURNS SETOF numeric LANGUAGE sql AS 'SELECT 1::numeric'`;
    await expect(client.query(text)).rejects.toThrow(/permission denied|read-only/);
    await client.end();
  }
});

test('a target that returns another queue for an agent gets the queue of the agent', async () => {
  const target = `false) UNION SELECT id FROM agents WHERE (name = 'a7'`;
  await expect(EVALUATORS.resolve?.(target)).rejects.toMatchObject({ code: 'target_failed' });
  const actionId = await newAction(`name = 'a7'`);
  expect(await resolveIntoCommands(resolver, { actionId, namesStatus: false })).toBe(1);
  const { rows } = await slot.admin.query('SELECT queueloc FROM commands WHERE actionid = $1', [actionId]);
  expect(rows).toEqual([{ queueloc: 'linux.a.7' }]);
});

describe('even a target with more rights leaves nothing behind', () => {
  beforeEach(() =>
    superuser.query(
      `GRANT EXECUTE ON FUNCTION set_config(text, text, boolean), pg_advisory_lock(bigint), pg_sleep(double precision) TO migreadonly`,
    ),
  );

  test('a setting does not reach the next session', async () => {
    const target = `set_config('search_path', 'evil', false) IS NOT NULL AND set_config('statement_timeout', '0', false) IS NOT NULL`;
    await EVALUATORS.search?.(target);
    for (let n = 0; n < 4; n++) {
      const { rows } = await search.query(
        `SELECT (SELECT setting FROM pg_settings WHERE name = 'search_path') AS path,
           (SELECT setting FROM pg_settings WHERE name = 'statement_timeout') AS timeout`,
      );
      expect(rows[0]).toEqual({ path: '"$user", public', timeout: '10000' });
    }
  });

  test('a lock ends with its session', async () => {
    await EVALUATORS.search?.('pg_advisory_lock(id::bigint) IS NOT NULL');
    await waitFor('release of the locks', async () => {
      const { rows } = await superuser.query(
        `SELECT count(*) AS count FROM pg_locks
         WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      return rows[0].count === '0';
    });
  });

  test('no session is used twice', async () => {
    const pids = new Set<number>();
    for (let n = 0; n < 8; n++) {
      const { rows } = await search.query('SELECT pg_backend_pid() AS pid');
      pids.add(rows[0].pid);
    }
    expect(pids.size).toBe(8);
  });
});

describe('the limit of sessions', () => {
  test('is never exceeded, and targets wait in turn', async () => {
    await using sessions = sessionsOf(superuserUrl(), { max: 2 });
    let isOver = false;
    let most = 0;
    const watch = (async () => {
      while (!isOver) {
        const { rows } = await superuser.query(
          `SELECT count(*)::int AS count FROM pg_stat_activity
           WHERE application_name = 'test targets' AND query LIKE '%pg_sleep%' AND state = 'active' AND datname = current_database()`,
        );
        most = Math.max(most, rows[0].count);
      }
    })();
    await Promise.all(Array.from({ length: 6 }, () => sessions.query('SELECT pg_sleep(0.2)')));
    isOver = true;
    await watch;
    expect(most).toBe(2);
  });

  test('a target that waits too long for its turn is refused with a time to retry', async () => {
    await using sessions = sessionsOf(superuserUrl(), { max: 1, waitMs: 100 });
    const first = sessions.query('SELECT pg_sleep(1)');
    await expect(sessions.query('SELECT 1')).rejects.toMatchObject({ code: 'overloaded' });
    await first;
    await waitFor('the next turn', () =>
      sessions.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    );
  });

  test('a spare session that the server ended is replaced', async () => {
    await using sessions = sessionsOf(superuserUrl(), { max: 1 });
    await sessions.query('SELECT 1');
    await waitFor('end of the spare session', async () => {
      const { rows } = await superuser.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'test targets' AND usename = session_user AND datname = current_database()`,
      );
      return rows.length > 0;
    });
    await waitFor('another session', () =>
      sessions.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    );
  });

  function superuserUrl(): string {
    const url = new URL(slot.services.postgres.superuserUrl);
    url.pathname = `/${slot.name}`;
    return url.href;
  }
});

describe('an error of class 53', () => {
  test('raised by the target is final, because it needs more disk than allowed', async () => {
    for (const role of ['migtarget', 'migsearch']) {
      await superuser.query(`ALTER ROLE ${role} IN DATABASE "${slot.name}" SET temp_file_limit = '64kB'`);
      await superuser.query(`ALTER ROLE ${role} IN DATABASE "${slot.name}" SET work_mem = '64kB'`);
    }
    await using fresh = sessionsOf(slot.urlOf('migtarget', slot.name));
    const sorting = `id IN (SELECT a.id FROM agents a, agents b ORDER BY a.version, b.name, a.pid - b.pid LIMIT 1000000)`;
    const actionId = await newAction(sorting);
    await expect(resolveIntoCommands(fresh, { actionId, namesStatus: false })).rejects.toMatchObject({
      code: 'target_failed',
      cause: { code: expect.stringMatching(/^53/) },
    });
  });

  test('raised before the target is temporary, because no connection was free', async () => {
    await superuser.query(`ALTER DATABASE "${slot.name}" CONNECTION LIMIT 0`);
    try {
      await using fresh = sessionsOf(slot.urlOf('migtarget', slot.name));
      await expect(resolveIntoCommands(fresh, { actionId: 1, namesStatus: false })).rejects.toMatchObject({
        code: '53300',
      });
    } finally {
      await superuser.query(`ALTER DATABASE "${slot.name}" CONNECTION LIMIT -1`);
    }
  });
});
