import { MigError } from '../../contract/errors.ts';
import type { Where } from './parse-where.ts';

/** A target is a whole condition: the API ignores or refuses filters beside it. */
export function refuseBesideTarget(target: string | undefined, { query }: Where): void {
  if (target === undefined) return;
  if (target === 'local') {
    throw new MigError('usage', '-t local is this machine, which has no record; see mig help target');
  }
  const [other] = Object.keys(query);
  if (other !== undefined) {
    throw new MigError('usage', `${other} cannot be used together with -t: say it in the target`);
  }
}
