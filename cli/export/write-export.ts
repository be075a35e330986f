import { randomUUID } from 'node:crypto';
import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { errorMessage, MigError } from '../../contract/errors.ts';
import type { ComplianceItem, SweepReport } from '../../contract/sweep/item.ts';
import type { ExportFormat, ExportOptions } from './export-format.ts';

const BLOCK_CHARACTERS = 64 * 1024;
/** What a stream answers whose reader is gone, first and from then on. */
const READER_CLOSED = ['EPIPE', 'ERR_STREAM_DESTROYED'];
/** What file systems answer that have no hard links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

interface Exported {
  format: ExportFormat;
  report: SweepReport;
  items: AsyncIterable<ComplianceItem>;
  options: ExportOptions;
  /** Undefined for stdout. */
  file: string | undefined;
  mayOverwrite: boolean;
  stdout: Writable & { isTTY?: boolean };
}

/**
 * Writes an export to a file, which appears only once it is whole, or to stdout. Returns the number of items written. A reader
 * of stdout that closes it ends the export, which is no error.
 */
export async function writeExport(exported: Exported): Promise<number> {
  const { format, report, items, options, file, mayOverwrite, stdout } = exported;
  if (file === undefined && format.isBinary && stdout.isTTY === true) throw binaryOnTerminal(format);
  if (file !== undefined) await refuseExisting(file, mayOverwrite);
  let count = 0;
  async function* counted(): AsyncGenerator<ComplianceItem> {
    for await (const item of items) {
      count++;
      yield item;
    }
  }
  const blocks = inBlocks(format.write(report, counted(), options));
  if (file === undefined) await writeToStream(stdout, blocks);
  else await writeToFile(file, { blocks, mayOverwrite });
  return count;
}

function binaryOnTerminal({ name }: ExportFormat): MigError {
  return new MigError(
    'usage',
    `${name} is binary, and stdout is a terminal: name a file, or redirect stdout`,
  );
}

/** Also refuses what is no regular file: the new file would replace a device or a link, not write to it. */
async function refuseExisting(file: string, mayOverwrite: boolean): Promise<void> {
  const stats = await lstat(file).catch(() => undefined);
  if (stats === undefined) return;
  if (!mayOverwrite) throw existing(file);
  if (!stats.isFile()) throw new MigError('conflict', `${file} is not a regular file; redirect stdout to it`);
}

function existing(file: string): MigError {
  return new MigError('conflict', `${file} exists; name another file, or give -overwrite to replace it`);
}

/** Joins chunks, for a system call for each item would cost more than to write it. */
async function* inBlocks(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  let text = '';
  for await (const chunk of chunks) {
    if (typeof chunk === 'string') text += chunk;
    if (typeof chunk === 'string' && text.length < BLOCK_CHARACTERS) continue;
    if (text !== '') yield Buffer.from(text);
    text = '';
    if (typeof chunk !== 'string') yield chunk;
  }
  if (text !== '') yield Buffer.from(text);
}

async function writeToStream(stream: Writable, blocks: AsyncIterable<Uint8Array>): Promise<void> {
  // The callback of each write has the error; without a listener the event would end the process as well.
  stream.once('error', () => {});
  for await (const block of blocks) {
    const error = await write(stream, block);
    if (error && READER_CLOSED.includes(error.code ?? '')) return;
    if (error) throw error;
  }
}

function write(stream: Writable, block: Uint8Array): Promise<NodeJS.ErrnoException | null | undefined> {
  return new Promise((resolve) => stream.write(block, resolve));
}

async function writeToFile(
  file: string,
  { blocks, mayOverwrite }: { blocks: AsyncIterable<Uint8Array>; mayOverwrite: boolean },
): Promise<void> {
  const folder = dirname(file);
  const unfinished = join(folder, `.mig-export-${randomUUID()}.part`);
  const handle = await openNew(unfinished, file);
  try {
    try {
      for await (const block of blocks) await handle.writeFile(block);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await (mayOverwrite ? rename(unfinished, file) : renameToNew(unfinished, file));
  } finally {
    await rm(unfinished, { force: true });
  }
  await syncFolder(folder);
}

async function openNew(unfinished: string, file: string): Promise<FileHandle> {
  try {
    return await open(unfinished, 'wx', 0o600);
  } catch (cause) {
    throw new MigError('usage', `cannot write ${file}: ${errorMessage(cause)}`, { cause });
  }
}

/** A rename would replace a file that came meanwhile. A link does not. */
async function renameToNew(unfinished: string, file: string): Promise<void> {
  try {
    await link(unfinished, file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!NO_LINKS.includes(code) && code !== 'EEXIST') throw error;
    await refuseExisting(file, false);
    await rename(unfinished, file);
  }
}

/** The name must outlive a loss of power, too. Windows cannot do this, and need not. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
