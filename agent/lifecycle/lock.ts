import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { type FileLock, lockFile } from '../../platform/machine/lock-file.ts';

/** Locks the state folder: two agents on one journal would run commands twice. Throws `already_running`. */
export function acquireLock(stateDir: string): FileLock {
  mkdirSync(stateDir, { recursive: true, mode: 0o711 });
  const file = join(stateDir, 'mig-agent.lock');
  return lockFile(file, (pid) => {
    const why = pid === undefined ? `${file} could not be taken` : `an agent runs already, with pid ${pid}`;
    return new MigError('already_running', why);
  });
}
