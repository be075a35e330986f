import { dirname, join } from 'node:path';
import { installation } from '../modules/agents-here.ts';
import { BUILD } from './build-info.ts';
import type { AgentConfig } from './config.ts';
import { guardFolders } from './folder-guard.ts';
import { FOLDERS } from './folders.ts';
import { protectWindowsFolders } from './service/manage.ts';

/** Before the agent starts or is installed: nobody but root, or Windows' administrators, can change what it is made of. */
export function protectAgent({ file, runDir, stateDir }: AgentConfig): void {
  if (process.platform === 'win32') {
    protectWindowsFolders([FOLDERS.config, runDir, stateDir]);
    return;
  }
  if (process.geteuid?.() !== 0) return;
  const { own, entry } = installation();
  const trusted = BUILD.areFilesTrusted
    ? ['acl.cfg', 'agentkeys'].map((name) => join(dirname(file), name))
    : [];
  guardFolders({ files: [own, entry, file, ...trusted], folders: [runDir, stateDir] });
}
