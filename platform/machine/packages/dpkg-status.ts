import { readdirSync, statSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { readLines } from '../../files/read-lines.ts';
import { DatabaseDamaged } from './database-file.ts';
import type { InstalledPackage } from './installed-package.ts';

const FOLDER = 'var/lib/dpkg';
const MAX_LINE_BYTES = 64 * 1024;
/** A hundred times what the largest systems have. */
const MAX_STATUS_BYTES = 1024 ** 3;
const INSTALLED = 'install ok installed';

/** The files in which dpkg keeps the states of packages, below a root; images without dpkg have one for each package. */
export function findStatusFiles(root: string): string[] {
  const folder = join(root, FOLDER);
  const single = join(folder, 'status.d');
  return [join(folder, 'status'), ...namesIn(single).map((name) => join(single, name))].filter(isFile);
}

function namesIn(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => !name.endsWith('.md5sums'))
    .sort();
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

type Fields = Map<string, string>;

/** The installed packages of a status file, and undefined for each of its other paragraphs. */
export function* readStatus(path: string): Generator<InstalledPackage | undefined> {
  const { size } = statSync(path);
  if (size > MAX_STATUS_BYTES) {
    throw new DatabaseDamaged(`it has ${size} bytes, and at most ${MAX_STATUS_BYTES} are read`);
  }
  yield* statusPackages(textsOf(path));
}

function* textsOf(path: string): Generator<string> {
  for (const { text } of readLines(path, { maxLineBytes: MAX_LINE_BYTES })) yield text;
}

/** As `readStatus`, of the lines of such a file. */
export function* statusPackages(lines: Iterable<string>): Generator<InstalledPackage | undefined> {
  let fields: Fields = new Map();
  for (const text of lines) {
    if (text.trim() === '') {
      yield packageOf(fields);
      fields = new Map();
    } else addField(fields, text);
  }
  yield packageOf(fields);
}

const WANTED = new Set(['package', 'status', 'version', 'architecture', 'multi-arch']);

/** Lines that begin with a blank continue a text that is not wanted. */
function addField(fields: Fields, line: string): void {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
  if (WANTED.has(name)) fields.set(name, line.slice(colon + 1).trim());
}

/** A paragraph without a status is of an image, where every package is installed. */
function packageOf(fields: Fields): InstalledPackage | undefined {
  const name = fields.get('package');
  const version = fields.get('version');
  const architecture = fields.get('architecture');
  const status = fields.get('status') ?? INSTALLED;
  if (!name || !version || !architecture || status !== INSTALLED) return undefined;
  const isAmbiguous = fields.get('multi-arch') === 'same' || isForeign(architecture);
  return {
    name: isAmbiguous ? `${name}:${architecture}` : name,
    version,
    type: 'dpkg',
    arch: architecture,
  };
}

/** Debian's names of the architectures that the agent is built for. */
const NATIVE: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/** dpkg shows the architecture with the name of a package of another one. */
function isForeign(architecture: string): boolean {
  return architecture !== 'all' && architecture !== NATIVE[arch()];
}
