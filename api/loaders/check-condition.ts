import { MigError } from '../../contract/errors.ts';
import { explainLoaderCondition } from '../../platform/postgres/queries/targets.ts';
import { checkLoaderCondition } from '../../platform/postgres/target/target.ts';
import type { ApiDeps } from '../context.ts';

/** Refuses a condition over loaders that is not allowed or that Postgres cannot plan, naming the field it came in. */
export async function checkCondition(
  { targets }: ApiDeps,
  field: 'target' | 'expectenv',
  condition: string,
): Promise<void> {
  try {
    await checkLoaderCondition(condition);
    await explainLoaderCondition(targets, condition);
  } catch (error) {
    if (!(error instanceof MigError) || field === 'target') throw error;
    throw new MigError(error.code, error.message.replace(/^target:/, `${field}:`), { cause: error });
  }
}
