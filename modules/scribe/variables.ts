import { MigError } from '../../contract/errors.ts';
import type { Policy } from './schema.ts';

/** Longer texts are no path or name. Variables that contain variables could grow without end. */
const MAX_LENGTH = 4096;

/** Replaces `${key}` by its value, for each variable in order: a value may contain a later variable. */
export function expand(text: string, variables: Policy['variables']): string {
  let expanded = text;
  for (const { key, value } of variables) {
    const pieces = expanded.split(`\${${key}}`);
    const length = expanded.length + (pieces.length - 1) * value.length;
    if (length > MAX_LENGTH) {
      throw new MigError(
        'parameters_invalid',
        `a text with its variables has more than ${MAX_LENGTH} characters`,
      );
    }
    expanded = pieces.join(value);
  }
  return expanded;
}
