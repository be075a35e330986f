import { basename } from 'node:path';
import { SERVICE_PATHS } from '../../platform/machine/service-paths.ts';
import type { Service, ServiceOptions } from './service.ts';

const UNIT = basename(SERVICE_PATHS.systemd);

/**
 * The unit limits the agent to half a processor, whatever the agent allows its modules, and delegates a subtree of control
 * groups, in which the agent limits each module. It drops every right that modules, which must read all files and processes,
 * do not need. It restarts the agent without limit. `KillMode=mixed` signals only the agent, which ends its own modules.
 */
export function systemdService({ executable, configFile, runDir, stateDir }: ServiceOptions): Service {
  const content = `[Unit]
Description=MIG Agent
Documentation=https://github.com/mozilla/mig
After=network.target
ConditionFileIsExecutable=${executable}
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart="${executable}" -c "${configFile}" -f
Restart=always
RestartSec=3s
TimeoutStopSec=15s
KillMode=mixed
Delegate=cpu memory pids
CPUQuota=50%
MemoryMax=1G
TasksMax=512
Nice=5
IOSchedulingClass=idle
OOMScoreAdjust=500
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectHostname=yes
SystemCallArchitectures=native
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET
# ${runDir} and ${stateDir} are made by the agent itself.

[Install]
WantedBy=multi-user.target
`;
  return {
    files: [{ path: SERVICE_PATHS.systemd, content, mode: 0o644 }],
    reload: [['systemctl', 'daemon-reload']],
    enable: [['systemctl', 'enable', UNIT]],
    disable: [['systemctl', 'disable', UNIT]],
    start: [['systemctl', 'restart', UNIT]],
    stop: [['systemctl', 'stop', UNIT]],
    status: ['systemctl', 'is-active', UNIT],
  };
}
