import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Logger } from '../../platform/log.ts';
import { installation } from '../../platform/machine/installation.ts';
import { BUILD } from '../config/build-info.ts';
import { FOLDERS } from '../config/folders.ts';
import { protectWindowsFolders } from '../service/manage.ts';
import { type GuardedPaths, guardFolders } from './folder-guard.ts';

/** The paths that determine the behaviour of an agent. */
interface AgentPaths {
  /** The configuration file. */
  file: string;
  runDir: string;
  stateDir: string;
  certificateFiles: readonly string[];
  logFile: { path: string; maxBytes: number } | undefined;
}

const READABLE_BY_OTHERS = 0o044;

/**
 * Runs before the agent starts or is installed: throws unless only root can change its executable, its configuration and
 * its state. On Windows it restricts their folders to administrators instead.
 */
export function protectAgent(paths: AgentPaths): void {
  if (process.platform === 'win32') {
    protectWindowsFolders([FOLDERS.config, paths.runDir, paths.stateDir]);
    return;
  }
  if (process.geteuid?.() === 0) guardFolders(guardedPaths(paths, BUILD));
}

/** All files and folders that an agent reads or writes. */
export function guardedPaths(
  { file, runDir, stateDir, certificateFiles, logFile }: AgentPaths,
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

/** Only warns, at every start: in MIG's installations secrets are often readable, and those must keep running. */
export function warnOfReadableSecrets(secretFiles: readonly string[], log: Logger): void {
  if (process.platform === 'win32') return;
  for (const file of secretFiles) {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode;
    if (mode === undefined || (mode & READABLE_BY_OTHERS) === 0) continue;
    log.warn(
      { file, remedy: `chmod 600 '${file}'` },
      'a file that contains a secret is readable by other users',
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
