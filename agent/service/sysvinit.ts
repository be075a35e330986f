import { existsSync } from 'node:fs';
import { SERVICE_PATHS } from '../../platform/machine/service-paths.ts';
import type { Service, ServiceOptions } from './service.ts';

const SCRIPT = SERVICE_PATHS.sysvinit;
const START_LEVELS = [2, 3, 4, 5];
const STOP_LEVELS = [0, 1, 6];

/** The script needs no other program: the agent daemonizes itself (`-b`) and has a control socket. */
export function sysvinitService({ executable, configFile }: ServiceOptions): Service {
  // Red Hat's family keeps the links one folder deeper.
  const base = existsSync('/etc/rc.d/rc2.d') ? '/etc/rc.d' : '/etc';
  const link = (level: number, name: string) => ({
    path: `${base}/rc${level}.d/${name}`,
    target: base === '/etc' ? '../init.d/mig-agent' : '../../init.d/mig-agent',
  });
  return {
    files: [{ path: SCRIPT, content: script(executable, configFile), mode: 0o755 }],
    links: [
      ...START_LEVELS.map((level) => link(level, 'S50mig-agent')),
      ...STOP_LEVELS.map((level) => link(level, 'K02mig-agent')),
    ],
    reload: [],
    enable: [],
    disable: [],
    start: [[SCRIPT, 'restart']],
    stop: [[SCRIPT, 'stop']],
    status: [SCRIPT, 'status'],
  };
}

function script(executable: string, configFile: string): string {
  return `#!/bin/sh
### BEGIN INIT INFO
# Provides:          mig-agent
# Required-Start:    $local_fs $network $remote_fs
# Required-Stop:     $local_fs $network $remote_fs
# Default-Start:     ${START_LEVELS.join(' ')}
# Default-Stop:      ${STOP_LEVELS.join(' ')}
# Short-Description: MIG Agent
# Description:       Answers signed questions of the security team about this machine.
### END INIT INFO

DAEMON='${executable}'
CONFIG='${configFile}'

[ -x "$DAEMON" ] || exit 5

running() {
  "$DAEMON" -c "$CONFIG" -q pid 2>/dev/null
}

start() {
  if running >/dev/null; then
    echo "mig-agent is running already"
    return 0
  fi
  "$DAEMON" -c "$CONFIG" -b || return 1
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    running >/dev/null && echo "mig-agent started" && return 0
    sleep 1
  done
  echo "mig-agent did not start" >&2
  return 1
}

stop() {
  pid=$(running) || { echo "mig-agent is not running"; return 0; }
  "$DAEMON" -c "$CONFIG" -q shutdown >/dev/null 2>&1
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    kill -0 "$pid" 2>/dev/null || { echo "mig-agent stopped"; return 0; }
    sleep 1
  done
  kill -9 "$pid"
  echo "mig-agent killed"
}

case "$1" in
  start) start ;;
  stop) stop ;;
  restart|force-reload) stop && start ;;
  status)
    if pid=$(running); then
      echo "mig-agent is running with pid $pid"
    else
      echo "mig-agent is not running"
      exit 3
    fi
    ;;
  *)
    echo "Usage: $0 {start|stop|restart|force-reload|status}" >&2
    exit 2
    ;;
esac
`;
}
