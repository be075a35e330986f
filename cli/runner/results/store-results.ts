import { closeSync, existsSync, fsyncSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing } from '../../../platform/files/read-text.ts';
import { makeFolderDurably, renameDurably } from '../../../platform/files/write-durably.ts';

interface Fetched {
  /** The action as the API has it now. */
  record: unknown;
  commands: AsyncIterable<unknown>;
}

interface Destination {
  jobFolder: string;
  job: string;
  actionId: number;
  plugin: string;
  nowMs: number;
}

/**
 * Writes MIG's RunnerResult with every command to `results/<YYYYMMDD>/<id>.json`, command by command, so that a large fleet
 * fits into memory. The file has its name only when it is whole and on the disk.
 */
export async function storeResults(
  { record, commands }: Fetched,
  { jobFolder, job, actionId, plugin, nowMs }: Destination,
): Promise<{ file: string; count: number }> {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
  const folder = join(jobFolder, 'results', day);
  makeFolderDurably(folder);
  const file = join(folder, `${actionId}.json`);
  const next = `${file}.new`;
  const fd = openSync(next, 'w', 0o600);
  let count = 0;
  try {
    writeFileSync(fd, `{"action":${JSON.stringify(record)},"commands":[`);
    for await (const command of commands) {
      writeFileSync(fd, `${count === 0 ? '' : ','}${JSON.stringify(command)}`);
      count++;
    }
    writeFileSync(fd, `],"name":${JSON.stringify(job)},"plugin":${JSON.stringify(plugin)}}`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameDurably(next, file);
  return { file, count };
}

/** The stored results of an action, if any. Removes what an interrupted fetch left. */
export function findResults(jobFolder: string, actionId: number): string | undefined {
  const root = join(jobFolder, 'results');
  const files = foldersIn(root).map((day) => join(root, day, `${actionId}.json`));
  for (const file of files) rmSync(`${file}.new`, { force: true });
  return files.find((file) => existsSync(file));
}

function foldersIn(root: string): string[] {
  try {
    return readdirSync(root).filter((name) => /^\d{8}$/.test(name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
