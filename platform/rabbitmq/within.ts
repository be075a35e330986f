import { MigError } from '../../contract/errors.ts';

/** What the promise gives, or `unavailable` with these words when it takes longer. */
export function within<T>(ms: number, promise: Promise<T>, why: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new MigError('unavailable', why)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
