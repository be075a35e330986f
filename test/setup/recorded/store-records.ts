import { maskFromPermissions } from '../../../contract/permissions.ts';
import type { Pool } from '../../../platform/postgres/pool.ts';
import type { RecordedRecord, RecordedRecords } from './records-of.ts';

/** Stores records of MIG as a database of MIG had them when they were recorded. */
export async function storeRecords(pool: Pool, records: RecordedRecords): Promise<void> {
  for (const investigator of records.investigator) await storeInvestigator(pool, investigator);
  for (const agent of records.agent) await storeAgent(pool, agent);
  for (const action of records.action) await storeAction(pool, action);
  for (const command of records.command) await storeCommand(pool, command);
  for (const action of records.action) await storeOtherCommands(pool, action);
}

async function storeInvestigator(pool: Pool, one: RecordedRecord): Promise<void> {
  const key = one.publickey === undefined ? null : Buffer.from(one.publickey, 'base64');
  await pool.query(
    `INSERT INTO investigators (id, name, pgpfingerprint, publickey, status, createdat, lastmodified, permissions)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (id) DO UPDATE
     SET publickey = COALESCE(excluded.publickey, investigators.publickey)`,
    [
      one.id,
      one.name,
      one.pgpfingerprint || null,
      key,
      one.status,
      one.createdat,
      one.lastmodified,
      maskFromPermissions(one.permissions),
    ],
  );
}

async function storeAgent(pool: Pool, one: RecordedRecord): Promise<void> {
  await pool.query(
    `INSERT INTO agents (id, name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status,
       environment, tags)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     ON CONFLICT (id) DO UPDATE
     SET refreshtime = GREATEST(excluded.refreshtime, agents.refreshtime),
         heartbeattime = excluded.heartbeattime`,
    [
      one.id,
      one.name,
      one.queueloc,
      one.mode,
      one.version,
      one.pid ?? 0,
      one.starttime,
      one.heartbeatts,
      one.refreshts,
      one.status,
      JSON.stringify(one.environment),
      JSON.stringify(one.tags),
    ],
  );
}

async function storeAction(pool: Pool, one: RecordedRecord): Promise<void> {
  await pool.query(
    `INSERT INTO actions (id, name, target, description, threat, operations, validfrom, expireafter, starttime,
       finishtime, lastupdatetime, status, syntaxversion, pgpsignatures, workflowat, resolvedat)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, now(), now())
     ON CONFLICT (id) DO UPDATE
     SET status = excluded.status,
         starttime = excluded.starttime,
         finishtime = excluded.finishtime,
         lastupdatetime = excluded.lastupdatetime`,
    [
      one.id,
      one.name,
      one.target,
      JSON.stringify(one.description),
      JSON.stringify(one.threat),
      JSON.stringify(one.operations),
      one.validfrom,
      one.expireafter,
      one.starttime,
      one.finishtime,
      one.lastupdatetime,
      one.status,
      one.syntaxversion,
      JSON.stringify(one.pgpsignatures),
    ],
  );
  for (const [index, investigator] of (one.investigators ?? []).entries()) {
    await pool.query(
      `INSERT INTO signatures (actionid, investigatorid, pgpsignature)
       VALUES ($1, $2, $3)
       ON CONFLICT DO NOTHING`,
      [one.id, investigator.id, one.pgpsignatures[index]],
    );
  }
}

async function storeCommand(pool: Pool, one: RecordedRecord): Promise<void> {
  await pool.query(
    `INSERT INTO commands (id, actionid, agentid, queueloc, status, results, starttime, finishtime)
     SELECT $1, $2, id, queueloc, $4, $5, $6, $7
     FROM agents
     WHERE id = $3
     ON CONFLICT (actionid, queueloc) DO UPDATE
     SET id = excluded.id,
         status = excluded.status,
         results = excluded.results,
         starttime = excluded.starttime,
         finishtime = excluded.finishtime`,
    [
      one.id,
      one.action.id,
      one.agent.id,
      one.status,
      JSON.stringify(one.results),
      one.starttime,
      one.finishtime,
    ],
  );
}

/** Makes the commands of an action as many as its counters say, where not all of them were recorded. */
async function storeOtherCommands(pool: Pool, { id, counters }: RecordedRecord): Promise<void> {
  const { sent = 0, success = 0, failed = 0 } = counters;
  const { rows } = await pool.query('SELECT count(*)::int AS count FROM commands WHERE actionid = $1', [id]);
  const status = success > 0 ? 'success' : failed > 0 ? 'failed' : 'sent';
  await pool.query(
    `UPDATE commands
     SET status = $2
     WHERE actionid = $1`,
    [id, status],
  );
  if (rows[0].count >= sent) return;
  await pool.query(
    `INSERT INTO commands (actionid, agentid, queueloc, status, results, starttime)
     SELECT $1, id, queueloc, $2, '[]', '2026-11-23T06:58:40Z'
     FROM agents
     ORDER BY id
     LIMIT 1`,
    [id, status],
  );
}
