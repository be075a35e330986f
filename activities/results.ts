import { type Answer, parseAnswer } from '../contract/command.ts';
import { errorCode, errorMessage, MigError } from '../contract/errors.ts';
import { QUEUE_RESULTS } from '../contract/names.ts';
import { encodeJson } from '../contract/rules/go-json.ts';
import { inTransaction } from '../platform/postgres/pool.ts';
import { notifyActions } from '../platform/postgres/queries/actions.ts';
import { type AnswerRow, storeAnswerRows } from '../platform/postgres/queries/commands.ts';
import { recordRejections } from '../platform/postgres/queries/rejections.ts';
import type { ActivityDeps } from './create-activities.ts';
import { withFailures } from './failures.ts';

type ResultDeps = Pick<ActivityDeps, 'pool' | 'log'>;

interface Rejection {
  code: string;
  message: string;
  commandId: number | undefined;
}

/** Takes agents' answers into the database. The collector calls this for each batch off the relay. */
export function createResultActivities(deps: ResultDeps) {
  return {
    /** Stores what is good, records what is not, and returns every action that was touched, changed or not. */
    storeResults: (input: { bodies: (Buffer | string)[] }): Promise<{ actionIds: number[] }> =>
      withFailures(async () => {
        // By sender, too: a forged answer must not stand in for the true one beside it.
        const answers = new Map<string, AnswerRow>();
        const rejections: Rejection[] = [];
        for (const body of input.bodies) {
          try {
            const answer = toRow(parseAnswer(Buffer.from(body)));
            const key = `${answer.id} ${answer.queueloc}`;
            if (!answers.has(key)) answers.set(key, answer);
          } catch (error) {
            if (!(error instanceof MigError)) throw error;
            rejections.push({ code: error.code, message: error.message, commandId: undefined });
          }
        }
        const actionIds = await storeHalving(deps, [...answers.values()], rejections);
        if (rejections.length > 0) await record(deps, rejections);
        return { actionIds };
      }),
  };
}

/** Stores a batch in one transaction; one that fails for its data is halved until the bad answer is alone. */
async function storeHalving(
  deps: ResultDeps,
  answers: AnswerRow[],
  rejections: Rejection[],
): Promise<number[]> {
  if (answers.length === 0) return [];
  try {
    return await inTransaction(deps.pool, async (db) => {
      const outcomes = await storeAnswerRows(db, answers);
      const actionIds = [...new Set(outcomes.flatMap(({ actionId }) => actionId ?? []))];
      await notifyActions(db, actionIds);
      for (const outcome of outcomes) {
        if (outcome.actionId === undefined) {
          rejections.push(rejection('result_unknown_command', `no command ${outcome.id}`, outcome.id));
        } else if (!outcome.isOwn) {
          rejections.push(
            rejection('result_wrong_agent', `command ${outcome.id} was for another agent`, outcome.id),
          );
        }
      }
      return actionIds;
    });
  } catch (error) {
    if (!isDataError(error)) throw error;
    if (answers.length === 1) {
      rejections.push(rejection('result_malformed', errorMessage(error), answers[0]?.id));
      return [];
    }
    const middle = Math.ceil(answers.length / 2);
    const first = await storeHalving(deps, answers.slice(0, middle), rejections);
    const second = await storeHalving(deps, answers.slice(middle), rejections);
    return [...new Set([...first, ...second])];
  }
}

/** Classes 21, 22 and 23 of SQLSTATE: something in these rows, not the state of the server. */
function isDataError(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^2[123]/.test(code);
}

function toRow(answer: Answer): AnswerRow {
  return {
    id: answer.id,
    queueloc: answer.agent.queueloc,
    status: answer.status,
    results: encodeJson(withoutNul(answer.results)),
  };
}

/** Postgres cannot work with U+0000 in JSON; MIG's clients expect the word NULL in its place. */
function withoutNul(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\u0000', 'NULL');
  if (Array.isArray(value)) return value.map(withoutNul);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.replaceAll('\u0000', 'NULL'), withoutNul(item)]),
  );
}

function rejection(code: string, message: string, commandId: number | undefined): Rejection {
  return { code, message, commandId };
}

async function record(deps: ResultDeps, rejections: readonly Rejection[]): Promise<void> {
  for (const { code, message, commandId } of rejections) {
    deps.log.warn({ code, commandId, reason: message }, 'result refused');
  }
  try {
    await recordRejections(
      deps.pool,
      rejections.map((r) => ({ ...r, queue: QUEUE_RESULTS })),
    );
  } catch (error) {
    // A command id that no numeric holds, say: the log has it, and the queue must move on.
    if (!isDataError(error)) throw error;
    deps.log.error({ code: errorCode(error), reason: errorMessage(error) }, 'rejections not recorded');
  }
}
