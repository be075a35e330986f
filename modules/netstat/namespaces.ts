import { readlinkSync } from 'node:fs';
import { goErrno } from '../../contract/go/errno.ts';
import { livingFolder } from '../../platform/machine/living-task.ts';
import { listPids } from '../../platform/machine/proc-files.ts';

/** A network namespace, and the folders in which processes of it show its tables. */
export interface Namespace {
  name: string;
  folders: readonly string[];
}

/** If one of them ends, the next one shows the same tables. */
const MAX_FOLDERS = 16;

/** The network namespaces that processes run in (namespaces(7)). */
export function listNamespaces(proc = '/proc', pids = listPids()): { found: Namespace[]; errors: string[] } {
  const byName = new Map<string, string[]>();
  const denied = { count: 0, why: '' };
  for (const pid of pids) {
    try {
      const { name, folder } = namespaceOf(pid, proc);
      const folders = byName.get(name) ?? [];
      byName.set(name, folders);
      if (folders.length < MAX_FOLDERS) folders.push(`${folder}/net`);
    } catch (error) {
      if (hasEnded(error)) continue;
      denied.count++;
      denied.why = goErrno(error);
    }
  }
  const errors =
    denied.count === 0 ? [] : [`the namespaces of ${denied.count} processes are unknown: ${denied.why}`];
  return { found: [...byName].map(([name, folders]) => ({ name, folders })), errors };
}

/** A process whose main thread has ended shows its namespace in another one. */
function namespaceOf(pid: number, proc: string): { name: string; folder: string } {
  const namespaceIn = (folder: string) => ({ name: readlinkSync(`${folder}/ns/net`), folder });
  try {
    return namespaceIn(`${proc}/${pid}`);
  } catch (error) {
    const thread = hasEnded(error) ? livingFolder(pid, proc) : undefined;
    if (thread === undefined) throw error;
    return namespaceIn(thread);
  }
}

function hasEnded(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
}
