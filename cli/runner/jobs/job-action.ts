import type { Action } from '../../../contract/action.ts';
import { errorCode, errorMessage, MigError } from '../../../contract/errors.ts';
import { MAX_ACTION_BYTES } from '../../../contract/limits.ts';
import { readBoundedText } from '../../../platform/files/read-text.ts';
import { loadAction } from '../../action/action-file.ts';
import { lineOfJsonError } from './json-line.ts';

/** Reads the action of a job as `mig -i` does. Refuses a signed one: each run has a validity of its own, which is signed. */
export function loadJobAction(file: string): Action {
  const text = readBoundedText(file, MAX_ACTION_BYTES);
  const action = load(file, text);
  if (action.pgpsignatures.length > 0)
    throw new MigError(
      'config_invalid',
      `${file}: is signed: each run gets a new validity, for which these signatures are wrong`,
    );
  return action;
}

function load(file: string, text: string): Action {
  try {
    return loadAction(file, { target: undefined, name: undefined, expiration: undefined }, new Map());
  } catch (cause) {
    const isJson = cause instanceof Error && errorCode(cause.cause) === 'json_invalid';
    const line = isJson ? lineOfJsonError(text) : undefined;
    const place = line === undefined ? '' : `line ${line}: `;
    throw new MigError('config_invalid', `${place}${errorMessage(cause)}`, { cause });
  }
}
