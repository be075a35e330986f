import {
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { z } from 'zod';
import { MigError } from '../../contract/errors.ts';
import { parseStrictJson } from '../../contract/go/strict-json.ts';
import { isQueueloc } from '../../contract/names.ts';
import { isMissing, unreadable } from '../../platform/files/read-text.ts';
import { operatingSystem } from '../../platform/machine/go-platform.ts';

const { O_NONBLOCK, O_RDONLY } = constants;

const MAX_BYTES = 4096;
/** MIG's agent stores only the uid; its queue is `<os>.<uid>`. */
const MIG_UID = /^[0-9a-zA-Z]{80,200}$/;

const NO_TEXT = 'is missing or no text';
const Queueloc = z.string(NO_TEXT).refine(isQueueloc, 'is not the name of a queue');
const Identity = z
  .string()
  .trim()
  .transform((text) => (MIG_UID.test(text) ? `${operatingSystem()}.${text}` : text))
  .pipe(Queueloc);
const Digest = z.string(NO_TEXT).regex(/^[0-9a-f]{64}$/, 'is no SHA-256 digest');
const NO_OBJECT = 'is no JSON object';
const Binding = z.object(
  {
    queueloc: Queueloc,
    machine: z.object({ system: Digest.optional(), hardware: Digest.optional() }, NO_OBJECT),
    /** The identity of the machine that this disk was copied from, if any. */
    clonedFrom: Queueloc.exactOptional(),
  },
  NO_OBJECT,
);
export type Binding = z.infer<typeof Binding>;

/** The content of a file, or its damage; neither if there is no such file. */
export interface Contents<T> {
  value?: T;
  damage?: string;
}

export function readIdentity(file: string): Contents<string> {
  return read(file, { parse: (text) => text, schema: Identity });
}

export function readBinding(file: string): Contents<Binding> {
  return read(file, { parse: parseJson, schema: Binding });
}

function read<T>(
  file: string,
  { parse, schema }: { parse: (text: string) => unknown; schema: z.ZodType<T> },
): Contents<T> {
  const text = readIfThere(file);
  if (text === undefined) return {};
  if (text.trim() === '') return { damage: 'it is empty' };
  if (Buffer.byteLength(text) > MAX_BYTES) return { damage: `it is longer than ${MAX_BYTES} bytes` };
  const parsed = schema.safeParse(parse(text));
  return parsed.success ? { value: parsed.data } : { damage: describe(parsed.error) };
}

/** Describes the first problem, without the content of the file. */
function describe({ issues }: z.ZodError): string {
  const [first = ''] = issues.map(
    ({ path, message }) => `${path.length === 0 ? 'it' : path.join('.')} ${message}`,
  );
  return first;
}

/** Returns undefined, which no schema accepts, for text that is no JSON: the parser's error would repeat the content. */
function parseJson(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch {
    return undefined;
  }
}

/** Undefined only if there is no such file. Throws for an unreadable file, which must not be replaced. */
function readIfThere(file: string): string | undefined {
  try {
    return readStart(file);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    const { code, message } = unreadable(file, cause);
    throw new MigError(
      code,
      `${message}; make it readable, or move it away so that the agent creates a new one`,
      {
        cause,
      },
    );
  }
}

/** Reads at most one byte more than the limit, and does not block on a pipe. */
function readStart(file: string): string {
  const fd = openSync(file, O_RDONLY | O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    return bytes.toString('utf8', 0, readSync(fd, bytes));
  } finally {
    closeSync(fd);
  }
}

/** The name under which a damaged file is kept. */
export function damagedName(file: string): string {
  return `${file}.damaged`;
}

/** Links a damaged file to a second name. The first name stays, so that a crash does not hide the damage. */
export function keepDamaged(file: string): void {
  rmSync(damagedName(file), { force: true });
  try {
    linkSync(file, damagedName(file));
  } catch {
    copyFileSync(file, damagedName(file)); // The file system has no hard links.
  }
}

export function replaceFile(file: string, text: string): void {
  const next = `${file}.new`;
  // A crash may have left this file, which is read-only.
  rmSync(next, { force: true });
  writeFileSync(next, text, { mode: 0o400, flush: true });
  renameSync(next, file);
}
