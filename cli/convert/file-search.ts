import type { Expression } from './expression.ts';
import { found } from './expression.ts';

/** The filters of module `file` that converted checks need. All of them must pass. */
interface Filters {
  paths: readonly string[];
  names?: readonly string[];
  contents?: readonly string[];
  sizes?: readonly string[];
  perms?: readonly string[];
  owners?: readonly string[];
  groups?: readonly string[];
  /** The filters that are inverted. */
  mismatch?: readonly string[];
  /** 1: the files of a folder, without those of its folders. */
  maxdepth?: number;
}

/** One is enough to decide, and a few more tell an auditor which. */
const LIMITS = { matchlimit: 20, maxerrors: 20 };

/** Whether module `file` finds a file that passes all filters. */
export function fileFound({ mismatch, maxdepth, ...filters }: Filters): Expression {
  return found({
    module: 'file',
    search: {
      ...filters,
      options: {
        matchall: true,
        ...LIMITS,
        ...(maxdepth !== undefined && { maxdepth }),
        ...(mismatch !== undefined && { mismatch }),
      },
    },
  });
}

/** Whether there is a file, or a link to one, at one of the paths. */
export function fileExists(...paths: readonly string[]): Expression {
  return fileFound({ paths, names: ['.'] });
}
