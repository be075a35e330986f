import { MigError } from '../../../contract/errors.ts';

/** An error that says what is missing and what to type. It is shown without a stack trace. */
export class SetupError extends MigError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('config_invalid', message, options);
  }
}
