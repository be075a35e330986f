import type { Queryable } from '../pool.ts';
import { readRow } from '../read-row.ts';

/** One version of a saved question. `document` is text, byte for byte. */
export interface QuestionRow {
  name: string;
  version: number;
  document: string;
  signature: string;
  savedat: string;
  /** Of whoever saved it. */
  savername: string;
  saverfingerprint: string | null;
  /** Of whoever removed the question when this was its newest version. */
  removername: string | null;
  removedat: string | null;
}

const COLUMNS = `
       q.name,
       q.version,
       q.document,
       q.signature,
       q.savedat,
       s.name AS savername,
       s.pgpfingerprint AS saverfingerprint,
       x.name AS removername,
       r.removedat`;

const TABLES = `questions q
     JOIN investigators s ON s.id = q.savedby
     LEFT JOIN question_removals r ON r.name = q.name AND r.version = q.version
     LEFT JOIN investigators x ON x.id = r.removedby`;

interface Page {
  limit: number;
  offset: number;
}

/** One version; the newest, removed or not, when none is given. */
export async function questionVersion(
  db: Queryable,
  { name, version }: { name: string; version: number | undefined },
): Promise<QuestionRow | undefined> {
  const { rows } = await db.query<QuestionRow>(
    `SELECT ${COLUMNS}
     FROM ${TABLES}
     WHERE q.name = $1 AND ($2::bigint IS NULL OR q.version = $2)
     ORDER BY q.version DESC
     LIMIT 1`,
    [name, version ?? null],
  );
  return rows[0];
}

/** The versions of a question, the newest first. */
export async function questionVersions(
  db: Queryable,
  { name, limit, offset }: Page & { name: string },
): Promise<QuestionRow[]> {
  const { rows } = await db.query<QuestionRow>(
    `SELECT ${COLUMNS}
     FROM ${TABLES}
     WHERE q.name = $1
     ORDER BY q.version DESC
     LIMIT $2
     OFFSET $3`,
    [name, limit, offset],
  );
  return rows;
}

/** The newest versions of the questions that are not removed, by name. `search` is a part of name or description. */
export async function searchQuestions(
  db: Queryable,
  { search, limit, offset }: Page & { search: string | undefined },
): Promise<QuestionRow[]> {
  const { rows } = await db.query<QuestionRow>(
    `WITH newest AS (
       SELECT DISTINCT ON (name)
         name,
         version,
         description
       FROM questions
       ORDER BY name, version DESC
     )
     SELECT ${COLUMNS}
     FROM newest n
     JOIN (${TABLES}) ON q.name = n.name AND q.version = n.version
     WHERE r.version IS NULL
       AND ($1::text IS NULL
         OR strpos(lower(n.name), lower($1)) > 0
         OR strpos(lower(n.description), lower($1)) > 0)
     ORDER BY n.name COLLATE "C"
     LIMIT $2
     OFFSET $3`,
    [search ?? null, limit, offset],
  );
  return rows;
}

export interface NewVersion {
  name: string;
  version: number;
  document: string;
  /** Of the document, in hexadecimal digits. */
  digest: string;
  /** The digest of the version before; null for the first. */
  previous: string | null;
  signature: string;
  description: string;
  savedby: number;
}

/** Stores the version after the newest; false when it is not the next one, or was made from another text. */
export async function insertQuestion(db: Queryable, question: NewVersion): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO questions (
       name,
       version,
       document,
       digest,
       signature,
       description,
       savedby
     )
     SELECT $1::varchar, $2::integer, $3, decode($4, 'hex'), $5, $6, $7
     WHERE $2 = (SELECT coalesce(max(version), 0) + 1 FROM questions WHERE name = $1)
       AND $8::text IS NOT DISTINCT FROM (
         SELECT encode(digest, 'hex')
         FROM questions
         WHERE name = $1 AND version = $2 - 1
       )
     ON CONFLICT (name, version) DO NOTHING`,
    [
      question.name,
      question.version,
      question.document,
      question.digest,
      question.signature,
      question.description,
      question.savedby,
      question.previous,
    ],
  );
  return rowCount === 1;
}

/** Removes a question whose newest version is this one; false when it is not, or was removed before. */
export async function insertRemoval(
  db: Queryable,
  { name, version, removedby }: { name: string; version: number; removedby: number },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO question_removals (
       name,
       version,
       removedby
     )
     SELECT $1::varchar, $2::integer, $3
     WHERE $2 = (SELECT max(version) FROM questions WHERE name = $1)
     ON CONFLICT (name, version) DO NOTHING`,
    [name, version, removedby],
  );
  return rowCount === 1;
}

/** How many versions an investigator has saved within a day. */
export async function countSavedToday(db: Queryable, savedby: number): Promise<number> {
  const { count } = await readRow<{ count: number }>(db, {
    text: `SELECT count(*)::integer AS count
     FROM questions
     WHERE savedby = $1 AND savedat > now() - interval '1 day'`,
    values: [savedby],
  });
  return count;
}
