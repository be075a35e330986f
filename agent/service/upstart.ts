import { SERVICE_PATHS } from '../../platform/machine/service-paths.ts';
import type { Service, ServiceOptions } from './service.ts';

export function upstartService({ executable, configFile }: ServiceOptions): Service {
  const content = `description "MIG Agent"

start on filesystem or runlevel [2345]
stop on runlevel [!2345]

respawn
respawn limit 5 300
kill timeout 15
umask 077
nice 5
oom score 500

exec "${executable}" -c "${configFile}" -f
`;
  return {
    files: [{ path: SERVICE_PATHS.upstart, content, mode: 0o644 }],
    reload: [['initctl', 'reload-configuration']],
    enable: [],
    disable: [],
    start: [['initctl', 'start', 'mig-agent']],
    stop: [['initctl', 'stop', 'mig-agent']],
    status: ['sh', '-c', 'initctl status mig-agent | grep -q running'],
  };
}
