import { posix } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { type Path, toDisplayPath } from '../file/find-files.ts';
import { concat } from './concat.ts';
import type { PolicyObject } from './schema.ts';
import type { Session } from './session.ts';
import { type Criterion, type Source, sourceOf } from './source.ts';
import { type FileValues, readFileContent, readFileName, readHasLine } from './sources/files.ts';
import { readPackage } from './sources/package.ts';
import { expand } from './variables.ts';

/** An object with its values, or the reason why it has none. */
export interface Prepared {
  criteria: Criterion[];
  error?: string;
}

const CHAIN_ROOT_KEY = 'chain_root';
const CHAIN_ROOT = `\${${CHAIN_ROOT_KEY}}`;
/** Chains of policies have two or three levels. MIG has no limit, and never ends in a circle. */
const MAX_CHAIN_DEPTH = 10;
const NO_TIME = 'the time was over before it was read';

/**
 * Reads the objects of the policy by name, those of the same name in order: first all of them, then import chains. An error
 * stays with its object (spec/modules/scribe.md#evaluation).
 */
export async function prepareObjects(session: Session): Promise<Map<string, Prepared>> {
  const prepared = new Map<string, Prepared>();
  const started: { object: PolicyObject; result: Prepared; matched: Path[] }[] = [];
  for (const object of session.policy.objects) {
    const { result, matched } = await readObject(object, session);
    if (!prepared.has(object.object)) prepared.set(object.object, result);
    started.push({ object, result, matched });
  }
  for (const { object, result, matched } of started) {
    if (result.error === undefined) await finishObject(object, { result, matched, session, depth: 1 });
  }
  return prepared;
}

/** The values of an object before its chains; `folder` is that of the file whose chain it is in. */
async function readObject(
  object: PolicyObject,
  session: Session,
  folder?: string,
): Promise<{ result: Prepared; matched: Path[] }> {
  try {
    if (session.readingClock.isOver()) throw new MigError('parameters_invalid', NO_TIME);
    await session.readingClock.pause();
    const { criteria, matched } = await readSource(sourceIn(folder, expandSource(object, session)), session);
    return { result: { criteria }, matched };
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    if (error.message === NO_TIME) session.limit(`object "${object.object}" and those after it: ${NO_TIME}`);
    return { result: { criteria: [], error: error.message }, matched: [] };
  }
}

function expandSource(object: PolicyObject, { policy: { variables } }: Session): Source {
  const source = sourceOf(object);
  if (source === undefined) throw new MigError('parameters_invalid', 'no valid source interface');
  switch (source.type) {
    case 'raw':
      return source;
    case 'package':
      return { ...source, name: expand(source.name, variables) };
    case 'filename':
      return { ...source, path: expand(source.path, variables) };
    default:
      return { ...source, path: expand(source.path, variables), file: expand(source.file, variables) };
  }
}

/** The folder's name comes from the endpoint. It is put in last, so that no `${…}` in it is replaced. */
function sourceIn(folder: string | undefined, source: Source): Source {
  if (source.type !== 'filecontent' || !source.path.includes(CHAIN_ROOT)) return source;
  if (folder === undefined) throw new MigError('parameters_invalid', 'object not prepared');
  return { ...source, path: expand(source.path, [{ key: CHAIN_ROOT_KEY, value: folder }]) };
}

async function readSource(source: Source, session: Session): Promise<FileValues> {
  if (source.type === 'filecontent') return readFileContent(source, session);
  return { criteria: await readOther(source, session), matched: [] };
}

async function readOther(
  source: Exclude<Source, { type: 'filecontent' }>,
  session: Session,
): Promise<Criterion[]> {
  switch (source.type) {
    case 'package':
      return readPackage(source, session);
    case 'filename':
      return readFileName(source, session);
    case 'hasline':
      return readHasLine(source, session);
    case 'raw':
      return source.identifiers;
  }
}

interface Chain {
  result: Prepared;
  matched: readonly Path[];
  session: Session;
  depth: number;
}

/** Adds the values of the import chains of each matched file, then joins the values. */
async function finishObject(object: PolicyObject, { result, matched, session, depth }: Chain): Promise<void> {
  const source = sourceOf(object);
  if (source?.type !== 'filecontent') return;
  const criteria = [...result.criteria];
  for (const path of source['import-chain'].length === 0 ? [] : matched) {
    const identifier = toDisplayPath(path);
    for (const name of source['import-chain']) {
      const { values, error } = await readChained(name, { path, session, depth });
      if (error !== undefined) {
        result.error = error;
        return;
      }
      for (const value of values) criteria.push({ identifier, value });
    }
  }
  result.criteria = source.concat === '' ? criteria : concat(criteria, source.concat);
}

/** The values of a copy of an object for the folder of a file, or why it has none: then the whole chain has none. */
async function readChained(
  name: string,
  { path, session, depth }: { path: Path; session: Session; depth: number },
): Promise<{ values: string[]; error?: string }> {
  if (depth > MAX_CHAIN_DEPTH) return chainError(name, `it has more than ${MAX_CHAIN_DEPTH} levels`);
  const object = session.policy.objects.find((one) => one.object === name);
  if (object === undefined) return chainError(name, 'there is no such object');
  const { result, matched } = await readObject(object, session, folderOf(path));
  if (result.error === undefined) await finishObject(object, { result, matched, session, depth: depth + 1 });
  if (result.error !== undefined) return chainError(name, result.error);
  const values = result.criteria.map(({ value }) => value);
  // Each step counts, because chains can branch without any value.
  if (['', ...values].every((value) => session.hasRoomFor(value))) return { values };
  session.limit(`the values of import chains became too many at "${name}": further ones are missing`);
  return chainError(name, 'there are too many values');
}

function chainError(name: string, why: string): { values: string[]; error: string } {
  return { values: [], error: `import chain "${name}": ${why}` };
}

function folderOf(path: Path): Path {
  return `${posix.dirname(path).replace(/\/$/, '')}/`;
}
