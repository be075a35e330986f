import { errorMessage } from '../../contract/errors.ts';
import { goErrno } from '../../contract/go/errno.ts';

/** A step that failed, in MIG's words. It becomes a failed result. */
export class StepError extends Error {}

/** Performs a step. Throws a StepError with the name of the step and the first line of its error. */
export async function performStep<T>(name: string, step: () => Promise<T> | T): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const [firstLine] = (goErrno(error) || errorMessage(error)).split('\n', 1);
    throw new StepError(`${name} -> ${firstLine}`);
  }
}
