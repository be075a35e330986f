import { posix } from 'node:path';
import { compileGroups } from '../../../platform/re2/groups.ts';
import { compilePattern } from '../../../platform/re2/regexp.ts';
import { type Path, toDisplayPath } from '../../file/find-files.ts';
import type { FileContent, FileName, HasLine } from '../schema.ts';
import type { Session } from '../session.ts';
import type { Criterion } from '../source.ts';
import { findPaths } from './find.ts';
import { readLines } from './lines.ts';

/** What the lines of files say, and the files with a matching line: import chains start from those. */
export interface FileValues {
  criteria: Criterion[];
  matched: Path[];
}

/** One value for each group of each matching line (spec/modules/scribe.md#sources). */
export async function readFileContent(source: FileContent, session: Session): Promise<FileValues> {
  const groupsOf = compileGroups(source.expression);
  const values: FileValues = { criteria: [], matched: [] };
  for (const path of await findPaths(source, session)) {
    let isMatched = false;
    for await (const line of readLines(path, session)) {
      const groups = groupsOf(line);
      if (groups === undefined) continue;
      isMatched = true;
      if (!addAll(groups, { path, criteria: values.criteria, session })) break;
    }
    if (isMatched) values.matched.push(path);
  }
  return values;
}

/** The first group of each base name. */
export async function readFileName(source: FileName, session: Session): Promise<Criterion[]> {
  const paths = await findPaths(source, session);
  const groupsOf = compileGroups(source.file);
  const criteria: Criterion[] = [];
  for (const path of paths) {
    const [first] = groupsOf(toDisplayPath(posix.basename(path))) ?? [];
    if (first !== undefined && !addAll([first], { path, criteria, session })) break;
  }
  return criteria;
}

/** For each file, whether one of its lines matches. */
export async function readHasLine(source: HasLine, session: Session): Promise<Criterion[]> {
  const pattern = compilePattern(source.expression);
  const criteria: Criterion[] = [];
  for (const path of await findPaths(source, session)) {
    const hasLine = await someLine(path, session, (line) => pattern.test(line));
    if (hasLine !== undefined && !addAll([String(hasLine)], { path, criteria, session })) break;
  }
  return criteria;
}

/** Returns undefined for a file that cannot be read: neither answer would be true. */
async function someLine(
  path: Path,
  session: Session,
  isWanted: (line: string) => boolean,
): Promise<boolean | undefined> {
  const reading = { isComplete: false };
  for await (const line of readLines(path, session, reading)) if (isWanted(line)) return true;
  return reading.isComplete ? false : undefined;
}

interface Target {
  path: Path;
  criteria: Criterion[];
  session: Session;
}

/** Returns false when there is no room for further values. */
function addAll(values: readonly string[], { path, criteria, session }: Target): boolean {
  const identifier = toDisplayPath(path);
  for (const value of values) {
    if (!session.hasRoomFor(value)) {
      session.limit(
        `the values of the policy's objects became too many in ${identifier}: further ones are missing`,
      );
      return false;
    }
    criteria.push({ identifier, value });
  }
  return true;
}
