import type { Action } from '../../contract/action.ts';
import { actionText } from '../../contract/action-text.ts';

/** An action for people to read: indented JSON, its operations exactly as they are signed. */
export function prettyActionText(action: Action): string {
  return prettyJson(actionText(action), INDENT);
}

const INDENT = 4;

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
