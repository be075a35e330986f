import type { Action } from './action.ts';
import { encodeJson, RawJson } from './go/json.ts';
import { operationsJson } from './rules/signed-text.ts';

/** An action as JSON, its operations exactly as they are signed. */
export function actionText({ id, operations, ...rest }: Action): string {
  return encodeJson({ id, ...rest, operations: new RawJson(operationsJson(operations)) });
}
