import type { Context } from 'hono';
import * as routes from '../../contract/api/questions.ts';
import { type QuestionRow, searchQuestions } from '../../platform/postgres/queries/questions.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { respond } from '../http/respond.ts';
import { MAX_PAGE, requireQuestion, requireVersions } from '../questions/load-question.ts';
import { removeQuestion } from '../questions/remove-question.ts';
import { saveQuestion } from '../questions/save-question.ts';
import { toQuestion } from '../records/to-question.ts';
import { type Served, serve } from '../router/serve.ts';

/** Saved questions: each version as its author signed it. */
export function questionRoutes(deps: ApiDeps): Served[] {
  const hrefOf = ({ name, version }: QuestionRow) =>
    `${deps.config.publicUrl}${BASE_ROUTE}/question?name=${name}&version=${version}`;
  const respondWith = (c: Context<ApiEnv>, rows: readonly QuestionRow[], status: 200 | 201 = 200) =>
    respond(
      c,
      rows.map((row) => item(hrefOf(row), 'question', toQuestion(row))),
      status,
    );

  return [
    serve(deps, routes.getQuestion, async ({ name, version }, c) =>
      respondWith(c, [await requireQuestion(deps.pool, { name, version })]),
    ),

    serve(deps, routes.listQuestions, async ({ search, limit, offset }, c) => {
      const page = { search, limit: Math.min(limit, MAX_PAGE), offset };
      return respondWith(c, await searchQuestions(deps.pool, page));
    }),

    serve(deps, routes.listQuestionVersions, async (page, c) =>
      respondWith(c, await requireVersions(deps.pool, page)),
    ),

    serve(deps, routes.saveQuestion, async ({ question, signature }, c) => {
      const caller = auditCaller(deps, c);
      const saved = await saveQuestion(deps, { document: question, signature, caller });
      return respondWith(c, [await requireQuestion(deps.pool, saved)], 201);
    }),

    serve(deps, routes.removeQuestion, async ({ name, version }, c) => {
      await removeQuestion(deps, { name, version, caller: auditCaller(deps, c) });
      return respondWith(c, [await requireQuestion(deps.pool, { name, version })]);
    }),
  ];
}
