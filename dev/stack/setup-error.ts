import { MigError } from '../../contract/errors.ts';

/** A sentence for the person at the terminal: what is missing and what to type. Shown without a stack. */
export class SetupError extends MigError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('config_invalid', message, options);
  }
}
