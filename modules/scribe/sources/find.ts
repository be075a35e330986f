import { MigError } from '../../../contract/errors.ts';
import { findFiles, flagsToParameters, type Path } from '../../file/find-files.ts';
import type { Session } from '../session.ts';

/** The depth of MIG's searches, with the path itself as level 1. */
const MAX_DEPTH = 10;

/** The files below a path whose base names match. Throws MigError when there can be no search. */
export async function findPaths(
  { path, file }: { path: string; file: string },
  session: Session,
): Promise<Path[]> {
  const terms = { ...session.terms, endsAtMs: session.readsUntilMs };
  try {
    const found = await findFiles(
      flagsToParameters({ path: [path], name: [file], maxdepth: MAX_DEPTH }),
      terms,
    );
    for (const error of found.errors) if (!found.limits.includes(error)) session.note(`${path}: ${error}`);
    for (const limit of found.limits) session.limit(`${path}: ${limit}`);
    return found.paths;
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    session.note(`${path}: ${error.message}`);
    throw new MigError('parameters_invalid', 'result in file module call was missing', { cause: error });
  }
}
