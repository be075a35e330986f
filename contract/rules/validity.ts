import { MigError } from '../errors.ts';
import { unixMillis } from '../go/time.ts';
import { checkSignedFields } from './signed-text.ts';

/** The only version of MIG's action format that agents accept. */
export const SYNTAX_VERSION = 2;

interface Validated {
  name: string;
  target: string;
  syntaxversion: number;
  validfrom: string;
  expireafter: string;
  operations: readonly unknown[];
  pgpsignatures: readonly string[];
}

/** MIG's checks of an action, in MIG's order and words (spec/action.md#validation). Each names its field. */
export function checkAction(action: Validated, nowMs: number): void {
  checkUnsigned(action, nowMs);
  if (action.pgpsignatures.length === 0)
    throw new MigError('action_unsigned', 'action pgpsignatures is empty');
}

/** The same checks, for an action that nobody has signed yet. */
export function checkUnsigned(action: Omit<Validated, 'pgpsignatures'>, nowMs: number): void {
  if (action.name === '') throw new MigError('action_name_empty', 'action name is empty');
  if (action.target === '') throw new MigError('action_target_empty', 'action target is empty');
  checkSignedFields(action);
  if (action.syntaxversion !== SYNTAX_VERSION) {
    throw new MigError(
      'action_syntaxversion',
      'action syntaxversion is wrong: wring syntax version, expected 2',
    );
  }
  if (unixMillis(action.validfrom) > unixMillis(action.expireafter)) {
    throw new MigError('action_window', 'action expireafter is set before action validfrom');
  }
  if (isExpired(action.expireafter, nowMs)) {
    throw new MigError('action_expired', 'action expireafter is in the past');
  }
  if (action.operations.length === 0)
    throw new MigError('action_operations_empty', 'action operations is empty');
}

export function isExpired(expireafter: string, nowMs: number): boolean {
  return nowMs > unixMillis(expireafter);
}

export function isNotYetValid(validfrom: string, nowMs: number): boolean {
  return nowMs < unixMillis(validfrom);
}
