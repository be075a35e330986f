import { type Counters, noCounters } from '../../../../contract/rules/accounting.ts';
import type { Queryable } from '../../pool.ts';

/**
 * A sub-select of what results say in short, as columns of `commands`. `results` is an expression of type json; anything
 * but a list, which an agent may have sent, says nothing.
 */
export const answerFacts = (results: string) => `(
  SELECT
    coalesce(bool_or(r ->> 'foundanything' = 'true'), false) AS hasmatches,
    coalesce(bool_or(r ->> 'success' IS DISTINCT FROM 'true'), false) AS hasfailed,
    coalesce(
      bool_or(
        r ->> 'success' IS DISTINCT FROM 'true'
        OR CASE json_typeof(r -> 'errors')
          WHEN 'array' THEN json_array_length(r -> 'errors') > 0
          WHEN 'null' THEN false
          ELSE r -> 'errors' IS NOT NULL
        END
      ),
      false
    ) AS haserrors
  FROM json_array_elements(CASE json_typeof(${results}) WHEN 'array' THEN ${results} END) r
)`;

/** Answers that were stored before their facts were noted are read again. */
const fact = (name: string) =>
  `coalesce(commands.${name}, (SELECT ${name} FROM ${answerFacts('commands.results')} AS facts))`;

/** The answer has errors, or a module in it did not report success. */
export const HAS_ERRORS = fact('haserrors');

/** The answer found something. */
export const HAS_MATCHES = fact('hasmatches');

/** An answer in which a module did not report success. MIG counts it as a success. */
export const HAS_FAILED = `commands.status = 'success' AND ${fact('hasfailed')}`;

/** Commands of one status. */
interface StatusCount {
  status: keyof Counters;
  count: number;
}

export async function countersOf(db: Queryable, id: number): Promise<Counters> {
  return (await countersOfActions(db, [id])).get(id) ?? noCounters();
}

/** The accounting of several actions in one snapshot. */
export async function countersOfActions(
  db: Queryable,
  ids: readonly number[],
): Promise<Map<number, Counters>> {
  const { rows } = await db.query<StatusCount & { actionid: number }>(
    `SELECT
       actionid,
       status,
       count(*) AS count
     FROM commands
     WHERE actionid = ANY($1::numeric[])
     GROUP BY actionid, status`,
    [ids],
  );
  const byAction = new Map<number, Counters>(ids.map((id) => [id, noCounters()]));
  for (const { actionid, status, count } of rows) {
    const counters = byAction.get(actionid);
    if (counters) counters[status] = count;
  }
  return byAction;
}

/** The accounting of one action with its failed modules, in one snapshot. */
export async function countersWithFailures(
  db: Queryable,
  id: number,
): Promise<{ counters: Counters; failures: number }> {
  const { rows } = await db.query<StatusCount & { failures: number }>(
    `SELECT
       status,
       count(*) AS count,
       count(*) FILTER (WHERE ${HAS_FAILED}) AS failures
     FROM commands
     WHERE actionid = $1
     GROUP BY status`,
    [id],
  );
  const counted = { counters: noCounters(), failures: 0 };
  for (const { status, count, failures } of rows) {
    counted.counters[status] = count;
    counted.failures += failures;
  }
  return counted;
}

export interface Progress {
  counters: Counters;
  /** Answers that found something, and answers with errors or of a module that failed. */
  matches: number;
  errors: number;
}

/** The progress of an action for its watchers, in one snapshot: its numbers add up. */
export async function progressOf(db: Queryable, id: number): Promise<Progress> {
  const { rows } = await db.query<StatusCount & { matches: number; errors: number }>(
    `SELECT
       status,
       count(*) AS count,
       count(*) FILTER (WHERE ${HAS_MATCHES}) AS matches,
       count(*) FILTER (WHERE ${HAS_ERRORS}) AS errors
     FROM commands
     WHERE actionid = $1
     GROUP BY status`,
    [id],
  );
  const progress = { counters: noCounters(), matches: 0, errors: 0 };
  for (const { status, count, matches, errors } of rows) {
    progress.counters[status] = count;
    progress.matches += matches;
    progress.errors += errors;
  }
  return progress;
}
