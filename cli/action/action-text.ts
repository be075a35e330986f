import type { Action } from '../../contract/action.ts';
import { encodeJson, RawJson } from '../../contract/go/json.ts';
import { operationsJson } from '../../contract/rules/signed-text.ts';

/** An action as JSON, its operations exactly as they are signed. */
export function actionText(action: Action, indent?: number): string {
  const { id, operations, ...rest } = action;
  const text = encodeJson({ id, ...rest, operations: new RawJson(operationsJson(operations)) });
  return indent === undefined ? text : prettyJson(text, indent);
}

/** Indents JSON without changing a byte of its strings and numbers: `-0` and `1e21` stay what was signed. */
export function prettyJson(text: string, indent: number): string {
  let depth = 0;
  const newline = () => `\n${' '.repeat(depth * indent)}`;
  return text.replace(/"(?:[^"\\]|\\.)*"|\[\]|\{\}|[[\]{},:]/g, (token) => {
    if (token === '{' || token === '[') {
      depth++;
      return token + newline();
    }
    if (token === '}' || token === ']') {
      depth--;
      return newline() + token;
    }
    if (token === ',') return `,${newline()}`;
    return token === ':' ? ': ' : token;
  });
}
