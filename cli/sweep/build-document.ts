import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { parseStorableJson } from '../../contract/go/strict-json.ts';
import { CheckId, MAX_CHECKS } from '../../contract/sweep/document.ts';
import { readBytes } from '../../platform/files/read-bytes.ts';
import { whyUnreadable } from '../../platform/files/read-text.ts';
import type { CommandLine } from '../command-line.ts';

/** A check in a document: its id is the name of its file. */
interface CheckFile {
  id: string;
  action: unknown;
}

interface NamedFile {
  id: string;
  file: string;
}

/** The text of a new sweep, from the command line and the files of its checks. Its fields are checked by `parseSweep`. */
export function buildDocument(
  { value, values }: Pick<CommandLine, 'value' | 'values'>,
  { name, target }: { name: string; target: string },
): string {
  const paths = values('checks');
  if (paths.length === 0)
    throw new MigError('usage', '-checks is needed: an action file, or a folder of them');
  const schedule = {
    cron: requireCron(value('cron')),
    timezone: value('tz') ?? 'UTC',
    jitter: value('jitter'),
    overlap: value('overlap'),
    catchup: value('catchup'),
  };
  const document = {
    name,
    description: value('description'),
    target,
    schedule,
    validity: value('validity'),
    checks: readChecks(paths.flatMap(findChecks)),
  };
  return JSON.stringify(document, null, 1);
}

function requireCron(cron: string | undefined): string {
  if (cron !== undefined) return cron;
  throw new MigError(
    'usage',
    `-cron is needed: minute, hour, day, month, day of the week, e.g. -cron '0 3 * * *'`,
  );
}

/** Refuses two files of one name: a link to a folder can lead to the same file twice. */
function readChecks(files: readonly NamedFile[]): CheckFile[] {
  const fileOf = new Map<string, string>();
  return files.map(({ id, file }) => {
    const other = fileOf.get(id);
    if (other !== undefined) throw new MigError('usage', `${other} and ${file}: both have the id '${id}'`);
    fileOf.set(id, file);
    return { id, action: parseFile(file) };
  });
}

function findChecks(path: string): NamedFile[] {
  if (!existsSync(path)) throw new MigError('usage', `-checks ${path}: does not exist`);
  if (!statSync(path).isDirectory()) return [nameCheck(path)];
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .sort();
  if (files.length === 0) throw new MigError('usage', `-checks ${path}: no file there ends in .json`);
  if (files.length > MAX_CHECKS) {
    throw new MigError(
      'usage',
      `-checks ${path}: ${files.length} files, and a sweep has ${MAX_CHECKS} checks at most`,
    );
  }
  return files.map((file) => nameCheck(join(path, file)));
}

function nameCheck(file: string): NamedFile {
  const id = basename(file, '.json');
  if (!CheckId.safeParse(id).success) {
    throw new MigError(
      'usage',
      `${file}: its name is the id of the check: letters, digits, dots, dashes, underscores only`,
    );
  }
  return { id, file };
}

function parseFile(file: string): unknown {
  let bytes: Buffer;
  try {
    bytes = readBytes(file);
  } catch (cause) {
    throw new MigError('usage', `${file}: cannot be read: ${whyUnreadable(cause)}`, { cause });
  }
  if (!isUtf8(bytes)) throw new MigError('usage', `${file}: is not UTF-8 text: save it as UTF-8`);
  try {
    return parseStorableJson(bytes.toString());
  } catch (cause) {
    throw new MigError('usage', `${file}: ${errorMessage(cause)}`, { cause });
  }
}
