import { type Answer, parseAnswer } from '../contract/command.ts';
import { MigError } from '../contract/errors.ts';
import { encodeParsedJson } from '../contract/go/json.ts';
import { QUEUE_RESULTS } from '../contract/names.ts';
import { inTransaction, probeTransaction } from '../platform/postgres/pool.ts';
import { notifyActions } from '../platform/postgres/queries/actions/actions.ts';
import {
  type AnswerOutcome,
  type AnswerRow,
  storeAnswerRows,
} from '../platform/postgres/queries/commands/answers.ts';
import type { Rejection } from '../platform/postgres/queries/rejections.ts';
import type { ActivityDeps } from './deps.ts';
import { reject, rejectionOf } from './rejections.ts';
import { storeBatch } from './store-batch.ts';

type ResultDeps = Pick<ActivityDeps, 'pool' | 'log'>;

/** A row that changes nothing: no command has this id. */
const PROBE: AnswerRow = { id: 0, queueloc: '', status: 'success', results: '[]' };

/** Stores good answers, records bad ones, and returns the actions of all good ones, changed or not. */
export async function storeResults(
  deps: ResultDeps,
  { bodies }: { bodies: readonly Buffer[] },
): Promise<{ actionIds: number[] }> {
  const batches = await storeBatch(bodies, {
    toRow: (body) => toAnswerRow(parseAnswer(body), body),
    store: (rows) => storeAnswers(deps, rows),
    probe: () => probeTransaction(deps.pool, (db) => storeAnswerRows(db, [PROBE])),
    refuse: (refused) =>
      reject(
        deps,
        refused.map(({ row, error }) =>
          rejectionOf(error, { queue: QUEUE_RESULTS, code: 'result_malformed', commandId: row?.id }),
        ),
      ),
  });
  const outcomes = batches.flat();
  const rejections = outcomes.flatMap((outcome) => rejectionOfOutcome(outcome) ?? []);
  if (rejections.length > 0) await reject(deps, rejections);
  return { actionIds: actionsOf(outcomes) };
}

async function storeAnswers({ pool }: ResultDeps, rows: readonly AnswerRow[]): Promise<AnswerOutcome[]> {
  // The key names the sender, too: a forged answer must not displace the true one.
  const answers = new Map<string, AnswerRow>();
  for (const row of rows) {
    const key = `${row.id} ${row.queueloc}`;
    if (!answers.has(key)) answers.set(key, row);
  }
  return inTransaction(pool, async (db) => {
    const outcomes = await storeAnswerRows(db, [...answers.values()]);
    await notifyActions(db, actionsOf(outcomes));
    return outcomes;
  });
}

function actionsOf(outcomes: readonly AnswerOutcome[]): number[] {
  return [...new Set(outcomes.flatMap(({ actionId }) => actionId ?? []))];
}

function rejectionOfOutcome({ id, queueloc, actionId, isOwn }: AnswerOutcome): Rejection | undefined {
  if (isOwn) return undefined;
  const error =
    actionId === undefined
      ? new MigError('result_unknown_command', `no command ${id}`)
      : new MigError('result_wrong_agent', `command ${id} was for another agent`);
  return { ...rejectionOf(error, { queue: QUEUE_RESULTS, code: error.code, commandId: id }), queueloc };
}

export function toAnswerRow(answer: Answer, body: Buffer): AnswerRow {
  return {
    id: answer.id,
    queueloc: answer.agent.queueloc,
    status: answer.status,
    results: encodeParsedJson(answer.results, body.toString('latin1')),
  };
}
