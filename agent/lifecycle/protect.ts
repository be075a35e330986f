import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Logger } from '../../platform/log.ts';
import { installation } from '../../platform/machine/installation.ts';
import { BUILD } from '../config/build-info.ts';
import type { AgentConfig } from '../config/config.ts';
import { FOLDERS } from '../config/folders.ts';
import { protectWindowsFolders } from '../service/manage.ts';
import { type GuardedPaths, guardFolders } from './folder-guard.ts';

const READABLE_BY_OTHERS = 0o044;

/** Before the agent starts or is installed: nobody but root, or Windows' administrators, can change what it is made of. */
export function protectAgent(config: AgentConfig): void {
  if (process.platform === 'win32') {
    protectWindowsFolders([FOLDERS.config, config.runDir, config.stateDir]);
    return;
  }
  if (process.geteuid?.() === 0) guardFolders(guardedPaths(config, BUILD));
}

/** All that an agent is made of, and what it writes to. */
export function guardedPaths(
  {
    file,
    runDir,
    stateDir,
    certificateFiles,
    logFile,
  }: Pick<AgentConfig, 'file' | 'runDir' | 'stateDir' | 'certificateFiles' | 'logFile'>,
  { areFilesTrusted }: { areFilesTrusted: boolean },
): GuardedPaths {
  const { own, entry } = installation();
  const keys = join(dirname(file), 'agentkeys');
  const trusted = areFilesTrusted ? [join(dirname(file), 'acl.cfg'), ...filesIn(keys)] : [];
  return {
    files: [own, entry, file, ...trusted, ...certificateFiles],
    folders: [runDir, stateDir, ...(areFilesTrusted ? [keys] : [])],
    logs: logFile === undefined ? [] : [logFile.path],
  };
}

/** MIG's installations often leave them open, and must go on running: so it is only said, at every start. */
export function warnOfReadableSecrets({ secretFiles }: Pick<AgentConfig, 'secretFiles'>, log: Logger): void {
  if (process.platform === 'win32') return;
  for (const file of secretFiles) {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode;
    if (mode === undefined || (mode & READABLE_BY_OTHERS) === 0) continue;
    log.warn(
      { file, remedy: `chmod 600 '${file}'` },
      'a file that holds a secret is readable to other users',
    );
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
