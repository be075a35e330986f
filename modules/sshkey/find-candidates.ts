import { MigError } from '../../contract/errors.ts';
import { type FoundFiles, findFiles, flagsToParameters } from '../file/find-files.ts';
import type { RunTerms } from '../module.ts';
import { CANDIDATE, MIG_CANDIDATE } from './candidate-patterns.ts';
import { defaultPaths } from './default-paths.ts';
import type { Parameters } from './schema.ts';

/** The largest file that is read, but for authorized keys, of which a server for a company's sources has more. */
const MAX_BYTES = 1024 * 1024;
export const MAX_AUTHORIZED_KEYS_BYTES = 16 * 1024 * 1024;

const DEFAULT_DEPTH = 8;
/** The share of the time that the search may take; the rest is for reading what it found. */
const SHARE_OF_SEARCH = 0.9;

const NOTHING: FoundFiles = { paths: [], errors: [], limits: [] };

/** Finds the files that may hold keys. Throws MigError when the search fails as a whole. */
export async function findCandidates({ paths, maxdepth }: Parameters, terms: RunTerms): Promise<FoundFiles> {
  const path = paths?.length ? paths : defaultPaths();
  if (path.length === 0) return NOTHING;
  const common = { path, maxdepth: maxdepth === 0 ? DEFAULT_DEPTH : maxdepth };
  try {
    return await (terms.asMig ? findAsMig(common, terms) : findAll(common, terms));
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    throw new MigError('parameters_invalid', 'result in file module call was missing', { cause: error });
  }
}

interface Common {
  path: string[];
  maxdepth: number;
}

/** MIG drops the errors of its search. */
async function findAsMig(common: Common, terms: RunTerms): Promise<FoundFiles> {
  const { paths } = await findFiles(
    flagsToParameters({ ...common, content: [MIG_CANDIDATE], size: ['<1m'] }),
    terms,
  );
  return { paths, errors: [], limits: [] };
}

async function findAll(common: Common, terms: RunTerms): Promise<FoundFiles> {
  const searchMs = (terms.endsAtMs - performance.now()) * SHARE_OF_SEARCH;
  const options = { ...common, matchlimit: 0 };
  const files = flagsToParameters({ ...options, content: [CANDIDATE], size: [`<${MAX_BYTES}`] });
  const large = flagsToParameters({
    ...options,
    name: ['^authorized_keys2?$'],
    size: [`>${MAX_BYTES + 1}`],
  });
  const searches = { keys: files.searches.s1, authorizedkeys: large.searches.s1 };
  return findFiles({ searches }, { ...terms, endsAtMs: performance.now() + searchMs });
}
