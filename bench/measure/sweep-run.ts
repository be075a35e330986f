import type { Testbed } from '../../dev/simulation/testbed.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { readRow } from '../../platform/postgres/read-row.ts';
import { round } from './statistics.ts';

const TIMEOUT_MS = 1_800_000;

export async function waitForRunEnd({ db }: Testbed, runId: number): Promise<void> {
  const hasEnded = async () => {
    const { ended } = await readRow<{ ended: boolean }>(db, {
      text: 'SELECT finishedat IS NOT NULL AS ended FROM sweep_runs WHERE id = $1',
      values: [runId],
    });
    return ended;
  };
  await waitFor(`the end of run ${runId}`, hasEnded, { timeoutMs: TIMEOUT_MS, everyMs: 100 });
}

/** Waits until all actions of a run have ended: then their answers are evaluated. */
export async function waitForRunActions({ db }: Testbed, runId: number): Promise<void> {
  const haveEnded = async () => {
    const { ended } = await readRow<{ ended: boolean | null }>(db, {
      text: `SELECT bool_and(a.status IN ('completed', 'invalid', 'cancelled')) AS ended
       FROM sweep_actions s
       JOIN actions a ON a.id = s.actionid
       WHERE s.runid = $1`,
      values: [runId],
    });
    return ended === true;
  };
  await waitFor(`the answers of run ${runId}`, haveEnded, { timeoutMs: TIMEOUT_MS, everyMs: 50 });
}

type Moment = 'launched' | 'first' | 'answered' | 'completed' | 'ended';

/** Seconds of a run from the request on, and of its parts, each from the end of the part before it. */
export async function readRunSeconds(
  { db }: Testbed,
  { runId, sentAt }: { runId: number; sentAt: number },
): Promise<Record<'total' | 'launch' | 'firstAnswer' | 'allAnswers' | 'actionEnd' | 'evaluation', number>> {
  const times = await readRow<Record<Moment, number>>(db, {
    text: `SELECT
       extract(epoch FROM min(a.resolvedat))::float8 * 1000 AS launched,
       extract(epoch FROM min(c.finishtime))::float8 * 1000 AS first,
       extract(epoch FROM max(c.finishtime))::float8 * 1000 AS answered,
       extract(epoch FROM max(a.finishtime))::float8 * 1000 AS completed,
       extract(epoch FROM max(r.finishedat))::float8 * 1000 AS ended
     FROM sweep_runs r
     JOIN sweep_actions s ON s.runid = r.id
     JOIN actions a ON a.id = s.actionid
     JOIN commands c ON c.actionid = a.id
     WHERE r.id = $1`,
    values: [runId],
  });
  const seconds = (from: number, to: number) => round((to - from) / 1000);
  return {
    total: seconds(sentAt, times.ended),
    launch: seconds(sentAt, times.launched),
    firstAnswer: seconds(times.launched, times.first),
    allAnswers: seconds(times.first, times.answered),
    actionEnd: seconds(times.answered, times.completed),
    evaluation: seconds(times.completed, times.ended),
  };
}
