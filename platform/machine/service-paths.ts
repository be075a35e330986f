/** The definition of the agent's service, one for each init system; agent/service/ writes it. */
export const SERVICE_PATHS = {
  systemd: '/etc/systemd/system/mig-agent.service',
  upstart: '/etc/init/mig-agent.conf',
  sysvinit: '/etc/init.d/mig-agent',
  launchd: '/Library/LaunchDaemons/org.mozilla.mig-agent.plist',
  windows: 'C:\\mig\\mig-agent.task.xml',
} as const;

/** Definitions that packages and MIG's own agent install. */
const FOREIGN_SERVICE_PATHS = [
  '/lib/systemd/system/mig-agent.service',
  '/Library/LaunchDaemons/mig-agent.plist',
] as const;

/** Every text file that may name the executable that a service starts. (Windows' is UTF-16.) */
export const SERVICE_TEXT_FILES: readonly string[] = [
  SERVICE_PATHS.systemd,
  SERVICE_PATHS.sysvinit,
  SERVICE_PATHS.upstart,
  SERVICE_PATHS.launchd,
  ...FOREIGN_SERVICE_PATHS,
];
