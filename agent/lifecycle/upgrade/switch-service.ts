import { spawn } from 'node:child_process';
import { errorMessage } from '../../../contract/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import { childEnvironment } from '../../../platform/machine/child-environment.ts';
import { detectInit } from '../../../platform/machine/init-system.ts';
import { installation } from '../../../platform/machine/installation.ts';
import { describeService } from '../../service/describe-service.ts';
import { isInstalled } from '../../service/manage.ts';

/**
 * Reinstalls the service, which starts the new version; that takes over in turn (`handOverToService`). A service manager can
 * restart only what it started itself. The reinstallation runs in a process of its own: the service manager may end ours.
 */
export function switchService(
  { runDir, stateDir, file: configFile }: { runDir: string; stateDir: string; file: string },
  log: Logger,
): void {
  const { link } = installation();
  const service = describeService(detectInit(), { executable: link, configFile, runDir, stateDir });
  if (!isInstalled(service)) return;
  log.info('service switched to the new version');
  const child = spawn(link, ['-c', configFile, 'install'], {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
    env: childEnvironment(),
  });
  child.on('error', (error) => log.error({ error: errorMessage(error) }, 'service not switched'));
  child.unref();
}
