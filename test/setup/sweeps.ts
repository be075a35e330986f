import { sweepScheduleId } from '../../contract/names.ts';
import { type PostedSweep, signParts } from '../../dev/sweep-caller.ts';
import { waitFor } from '../../dev/wait-for.ts';
import type { Platform } from './platform.ts';

export { type PostedSweep, postSweep, signParts, triggerSweep } from '../../dev/sweep-caller.ts';

/** A check that demands a file of this name in a folder. */
export function fileCheck(id: string, folder: string) {
  const search = {
    paths: [folder],
    names: [`^${id}$`],
    options: { matchall: true, maxdepth: 1, matchlimit: 10 },
  };
  return {
    id,
    action: {
      name: `the file ${id} is there`,
      threat: { ref: `ref-${id}`, level: 'high' },
      operations: [{ module: 'file', parameters: { searches: { s: search } } }],
      compliance: { expect: ['found'] },
    },
  };
}

/** The text of a sweep, with defaults that tests change. It never runs by itself soon: 1 January at 0:00. */
export function sweepText(changes: object = {}): string {
  return JSON.stringify({
    name: 'nightly',
    target: `status='online'`,
    schedule: { cron: '0 0 1 1 *', catchup: '0s' },
    validity: '60s',
    checks: [fileCheck('one', '/etc')],
    ...changes,
  });
}

/** A schedule whose planned time of this year is the present minute: Temporal starts nothing for it any more. */
export function plannedThisMinute(): { cron: string; plannedat: string } {
  const now = new Date();
  now.setUTCSeconds(0, 0);
  const day = `${now.getUTCDate()} ${now.getUTCMonth() + 1}`;
  return {
    cron: `${now.getUTCMinutes()} ${now.getUTCHours()} ${day} *`,
    plannedat: `${now.toISOString().slice(0, 19)}Z`,
  };
}

/** Signs runs of the schedule and posts them. */
export async function signAhead(
  api: Platform['api'],
  posted: PostedSweep,
  times: readonly string[],
): Promise<{ status: number; text: string }> {
  const runs = await Promise.all(
    times.map(async (plannedat) => ({ plannedat, parts: await signParts(api.key, posted, plannedat) })),
  );
  return api.form('/sweep/sign/', { sweepid: String(posted.id), runs: JSON.stringify(runs) });
}

/** Stores a run as the schedule does for a planned time; the worker starts it. */
export async function planRun(
  { pool }: Pick<Platform, 'pool'>,
  { id }: Pick<PostedSweep, 'id'>,
  plannedat: string,
): Promise<number> {
  const { rows } = await pool.query(
    `INSERT INTO sweep_runs (sweepid, kind, plannedat, state, workflowid)
     VALUES ($1, 'schedule', $2, 'awaiting signature', $3)
     RETURNING id`,
    [id, plannedat, `${sweepScheduleId(id)}-by-test`],
  );
  return rows[0].id;
}

export interface RunRecord {
  id: number;
  plannedat: string;
  state: string;
  reason: string | null;
  targeted: number;
  answered: number;
  counts: Record<string, number>;
}

export async function waitForRun(platform: Pick<Platform, 'pool'>, runId: number): Promise<RunRecord> {
  return waitFor(`end of run ${runId}`, async () => {
    const { rows } = await platform.pool.query(
      'SELECT * FROM sweep_runs WHERE id = $1 AND finishedat IS NOT NULL',
      [runId],
    );
    return rows[0] as RunRecord | undefined;
  });
}
