import { type Action, parseAction } from '../../contract/action.ts';
import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import { readText } from '../../platform/files/read-text.ts';

/** Reads an action from a file; throws an error that names the file. */
export function readActionFile(file: string): Action {
  const text = readText(file, 'usage');
  try {
    return parseAction(text);
  } catch (cause) {
    throw new MigError(errorCode(cause), `${file}: ${errorMessage(cause)}`, { cause });
  }
}
