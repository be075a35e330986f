import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { cutOwnHalfLine } from './own-lines.ts';

/** The group may read it, so that a collector of logs can. */
const MODE = 0o640;

/**
 * Opens the file of events to append to it, or makes it, and removes half a line that a crash has left. Throws, and leaves it
 * as it is, when it is not ours: with other lines, a link, a device.
 */
export async function openEventFile(file: string): Promise<FileHandle> {
  // Merely to open some devices acts on them.
  const isNew = !(await isPresent(file));
  const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK, O_NOFOLLOW } = constants;
  const handle = await open(file, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW, MODE);
  try {
    // It may have become another one since.
    if (!(await handle.stat()).isFile()) throw notRegular(file);
    if (!(await cutOwnHalfLine(handle))) {
      throw refusal(`${file} has lines that are no events of MIG: name another file, or move it away`);
    }
    if (isNew) await syncFolder(dirname(file));
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Whether there is such a file; throws when there is something else. */
async function isPresent(file: string): Promise<boolean> {
  const present = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (present === undefined) return false;
  if (present.isFile()) return true;
  if (!present.isSymbolicLink()) throw notRegular(file);
  throw refusal(`${file} is a link to ${await readlink(file)}: name the file that it leads to`);
}

/** Without it the name of a new file may be lost when the power fails. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  await handle.sync().finally(() => handle.close());
}

function notRegular(file: string): MigError {
  return refusal(`${file} is no regular file: name another one`);
}

function refusal(problem: string): MigError {
  return new MigError('config_invalid', `MIG_EVENTS_FILE: ${problem}`);
}
