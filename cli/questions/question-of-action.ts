import { parseAction } from '../../contract/action.ts';
import { getAction } from '../../contract/api/actions.ts';
import { MigError } from '../../contract/errors.ts';
import { inflateParameters } from '../../contract/parameters.ts';
import type { QuestionContent } from '../../contract/question/document.ts';
import { findPlaces } from '../../contract/question/placeholder.ts';
import type { ApiClient } from '../api/api-client.ts';

/** Makes a question of an action: its target and operations, without parameters. */
export async function questionOfAction(api: Pick<ApiClient, 'call'>, id: string): Promise<QuestionContent> {
  const { action: record } = await api.call(getAction, { actionid: Number(id) });
  const { name, target } = record;
  const { operations } = parseAction(JSON.stringify(record));
  return {
    description: name,
    target: target === '' ? undefined : target,
    expireafter: undefined,
    parameters: [],
    operations: operations.map((operation, index) => ({
      module: operation.module,
      parameters: requireObject(inflateParameters(operation), `operations.${index}.parameters`),
    })),
  };
}

function requireObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MigError('usage', `${path}: a question needs an object here`);
  if (findPlaces(value, path).length > 0)
    throw new MigError('usage', `${path}: it has what would be a placeholder`);
  return Object.fromEntries(Object.entries(value));
}
