import type { CommandedStep, UpgradeStep } from '../../../../contract/rules/upgrade-protocol.ts';
import type { Queryable } from '../../pool.ts';
import {
  OUTGOING_COLUMNS,
  type OutgoingCommand,
  type OutgoingRow,
  toOutgoing,
} from '../commands/commands.ts';

/** The commands of a step that the relay does not have yet. */
export async function unsentOfStep(
  db: Queryable,
  actionId: number,
  step: CommandedStep,
): Promise<OutgoingCommand[]> {
  const { rows } = await db.query<OutgoingRow>(
    `SELECT ${OUTGOING_COLUMNS}
     FROM upgrades u
     JOIN upgrade_commands sent ON sent.recordid = u.commandid AND sent.step = u.step
     JOIN commands c ON c.id = sent.commandid
     JOIN agents a ON a.id = c.agentid
     WHERE u.actionid = $1
       AND u.step = $2
       AND u.finishedat IS NULL
       AND c.status = 'sent'
       AND c.publishedat IS NULL
       AND c.returnedat IS NULL
     ORDER BY c.id`,
    [actionId, step],
  );
  return rows.map(toOutgoing);
}

/** The answer to the command of a step. Its texts are cut, because an endpoint may answer anything. */
export interface StepAnswer {
  commandid: number;
  status: string;
  success: boolean;
  elements: string | null;
  error: string | null;
  checks: number;
  oldpid: number | null;
  toversion: string | null;
  /** The process that the upgrade was sent to, as it was registered. */
  agentpid: number;
  agentversion: string;
}

export async function answersOfStep(
  db: Queryable,
  actionId: number,
  step: CommandedStep,
): Promise<StepAnswer[]> {
  const { rows } = await db.query<StepAnswer>(
    `SELECT
       u.commandid,
       c.status,
       coalesce(c.results -> 0 ->> 'success' = 'true', false) AS success,
       left((c.results -> 0 -> 'elements')::text, 20000) AS elements,
       left(c.results -> 0 -> 'errors' ->> 0, 500) AS error,
       u.checks,
       u.oldpid,
       u.toversion,
       a.pid AS agentpid,
       a.version AS agentversion
     FROM upgrades u
     JOIN upgrade_commands sent ON sent.recordid = u.commandid AND sent.step = u.step
     JOIN commands c ON c.id = sent.commandid
     JOIN commands first ON first.id = u.commandid
     JOIN agents a ON a.id = first.agentid
     WHERE u.actionid = $1
       AND u.step = $2
       AND u.finishedat IS NULL
       AND c.status <> 'sent'
     ORDER BY u.commandid
     LIMIT 1000`,
    [actionId, step],
  );
  return rows;
}

/**
 * Publishes unanswered kills again after a while: the queue of a process disappears with its connection, and the kill
 * in it, too. For the same process it is the same command, which runs once.
 */
export async function republishKills(db: Queryable, actionId: number, afterMs: number): Promise<void> {
  await db.query(
    `UPDATE commands c
     SET
       publishedat = NULL,
       returnedat = NULL
     FROM upgrades u
     JOIN upgrade_commands sent ON sent.recordid = u.commandid AND sent.step = u.step
     WHERE u.actionid = $1
       AND u.step = 'kill sent'
       AND u.finishedat IS NULL
       AND c.id = sent.commandid
       AND c.status = 'sent'
       AND coalesce(c.publishedat, c.returnedat) < now() - $2 * interval '1 millisecond'`,
    [actionId, afterMs],
  );
}

/** The fields of a record that a follow-up command needs. */
export interface FollowUp {
  commandid: number;
  queueloc: string;
  oldpid: number;
  oldversion: string;
  oldstarttime: string | null;
  newpid: number;
  newagentid: number;
}

/** Records at this step, with the record of the new agent. A repeated check waits two seconds. */
export async function followUpsAt(db: Queryable, actionId: number, step: UpgradeStep): Promise<FollowUp[]> {
  const { rows } = await db.query<FollowUp>(
    `SELECT
       u.commandid,
       u.queueloc,
       u.oldpid,
       u.oldversion,
       u.oldstarttime,
       u.newpid,
       a.id AS newagentid
     FROM upgrades u
     JOIN agents a ON a.queueloc = u.queueloc AND a.pid = u.newpid
     WHERE u.actionid = $1
       AND u.step = $2
       AND u.finishedat IS NULL
       AND (u.checks = 0 OR u.step <> 'kill acknowledged' OR u.stepat < now() - interval '2 seconds')
     ORDER BY u.commandid
     LIMIT 1000`,
    [actionId, step],
  );
  return rows;
}
