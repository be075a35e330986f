import { MigError } from '../../../contract/errors.ts';

/** Tells the person at the terminal what is missing and what to type. Shown without a stack trace. */
export class SetupError extends MigError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('config_invalid', message, options);
  }
}
