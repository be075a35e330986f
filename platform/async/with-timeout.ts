import { MigError } from '../../contract/errors.ts';

/** The promise's value; throws `unavailable` with `why` when it takes longer than `ms`. */
export function withTimeout<T>(ms: number, promise: Promise<T>, why: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new MigError('unavailable', why)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
