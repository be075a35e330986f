import { MigError } from '../../contract/errors.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import {
  type QuestionRow,
  questionVersion,
  questionVersions,
} from '../../platform/postgres/queries/questions.ts';

/** The most versions of one answer: each has a document and a signature. */
export const MAX_PAGE = 100;

interface Wanted {
  name: string;
  version: number | undefined;
}

/** One version, of a removed question, too; without a version the newest of a question that is not removed. */
export async function requireQuestion(db: Queryable, wanted: Wanted): Promise<QuestionRow> {
  const row = await questionVersion(db, wanted);
  const { name, version } = wanted;
  if (row === undefined) {
    throw new MigError(
      'not_found',
      version === undefined
        ? `there is no question ${name}: mig questions list lists them`
        : `there is no version ${version} of question ${name}: mig questions history ${name} lists them`,
    );
  }
  if (version !== undefined || row.removername === null) return row;
  throw new MigError(
    'not_found',
    `question ${name} was removed by ${row.removername}; its versions, up to ${row.version}, stay readable`,
  );
}

export async function requireVersions(
  db: Queryable,
  { name, limit, offset }: { name: string; limit: number; offset: number },
): Promise<QuestionRow[]> {
  const rows = await questionVersions(db, { name, limit: Math.min(limit, MAX_PAGE), offset });
  if (rows.length === 0 && offset === 0)
    throw new MigError('not_found', `there is no question ${name}: mig questions list lists them`);
  return rows;
}
