import { MigError } from '../../contract/errors.ts';
import { insertRemoval } from '../../platform/postgres/queries/questions.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import type { ApiDeps } from '../context.ts';
import { requireQuestion } from './load-question.ts';

interface Removal {
  name: string;
  /** The newest version that the caller has seen. */
  version: number;
  caller: AuditCaller;
}

/** Removes a question from the list, unless somebody has saved a version that the caller has not seen. */
export async function removeQuestion(deps: ApiDeps, { name, version, caller }: Removal): Promise<void> {
  await auditedChange(deps, async (db) => {
    const newest = await requireQuestion(db, { name, version: undefined });
    if (newest.version !== version) {
      throw new MigError(
        'conflict',
        `version: the newest version of ${name} is ${newest.version}: read it first`,
      );
    }
    const isRemoved = await insertRemoval(db, { name, version, removedby: caller.investigatorId });
    if (!isRemoved) throw new MigError('conflict', `question ${name} was changed or removed a moment ago`);
    const detail = { name, version };
    return { result: undefined, entry: { ...caller, kind: 'question_removed', outcome: 'done', detail } };
  });
}
