import { MigError } from '../../../contract/errors.ts';

/** A check that passes the validation but has no meaning. */
export function refuseCheck(why: string): MigError {
  return new MigError('parameters_invalid', `makeChecks() -> ${why}`);
}
