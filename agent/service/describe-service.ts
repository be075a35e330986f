import type { InitSystem } from '../../platform/machine/init-system.ts';
import { launchdService } from './launchd.ts';
import type { Service, ServiceOptions } from './service.ts';
import { systemdService } from './systemd.ts';
import { sysvinitService } from './sysvinit.ts';
import { upstartService } from './upstart.ts';
import { windowsService } from './windows.ts';

/** Describes the agent as a service of this init system. */
export function describeService(init: InitSystem, options: ServiceOptions): Service {
  switch (init) {
    case 'systemd':
      return systemdService(options);
    case 'upstart':
      return upstartService(options);
    case 'sysvinit':
      return sysvinitService(options);
    case 'launchd':
      return launchdService(options);
    case 'windows':
      return windowsService(options);
  }
}
