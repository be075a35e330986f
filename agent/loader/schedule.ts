import { createHash } from 'node:crypto';
import type { InitSystem } from '../../platform/machine/init-system.ts';
import { windowsProgram } from '../../platform/machine/windows-program.ts';
import { escapeXml } from '../service/launchd.ts';
import type { Service } from '../service/service.ts';

interface ScheduleOptions {
  executable: string;
  configFile: string;
  /** The name of this machine, which spreads the loaders over an hour. */
  hostName: string;
}

/** As MIG's loader on macOS (spec/agent.md#loader). */
const INTERVAL_SECONDS = 7_200;
const UNIT = '/etc/systemd/system/mig-loader';
const CRON = '/etc/cron.d/mig-loader';
const PLIST = '/Library/LaunchDaemons/org.mozilla.mig-loader.plist';
const TASK_FILE = 'C:\\mig\\mig-loader.task.xml';
const TASK = 'mig-loader';

/** Describes what runs the loader every two hours, by the means of this init system. */
export function describeSchedule(init: InitSystem, options: ScheduleOptions): Service {
  switch (init) {
    case 'systemd':
      return systemdTimer(options);
    case 'upstart':
    case 'sysvinit':
      return cronJob(options);
    case 'launchd':
      return launchdJob(options);
    case 'windows':
      return windowsTask(options);
  }
}

function systemdTimer({ executable, configFile }: ScheduleOptions): Service {
  const service = `[Unit]
Description=MIG Loader
Documentation=https://github.com/mozilla/mig
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart="${executable}" loader -q -f "${configFile}"
Nice=5
IOSchedulingClass=idle
UMask=0077
`;
  const timer = `[Unit]
Description=MIG Loader, every two hours

[Timer]
OnActiveSec=2min
OnUnitActiveSec=${INTERVAL_SECONDS}s
RandomizedDelaySec=20min

[Install]
WantedBy=timers.target
`;
  return {
    files: [
      { path: `${UNIT}.service`, content: service, mode: 0o644 },
      { path: `${UNIT}.timer`, content: timer, mode: 0o644 },
    ],
    reload: [['systemctl', 'daemon-reload']],
    enable: [['systemctl', 'enable', 'mig-loader.timer']],
    disable: [['systemctl', 'disable', 'mig-loader.timer']],
    start: [['systemctl', 'restart', 'mig-loader.timer']],
    stop: [['systemctl', 'stop', 'mig-loader.timer']],
    status: ['systemctl', 'is-active', 'mig-loader.timer'],
  };
}

/** Cron reads the folder by itself. */
function cronJob({ executable, configFile, hostName }: ScheduleOptions): Service {
  const minute = createHash('sha256').update(hostName).digest().readUInt16BE() % 60;
  const content = `# The MIG loader: mig-agent loader -h explains it.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
${minute} */2 * * * root '${executable}' loader -q -f '${configFile}'
`;
  return {
    files: [{ path: CRON, content, mode: 0o644 }],
    reload: [],
    enable: [],
    disable: [],
    start: [],
    stop: [],
    status: ['test', '-f', CRON],
  };
}

function launchdJob({ executable, configFile }: ScheduleOptions): Service {
  const words = [executable, 'loader', '-q', '-f', configFile];
  const content = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>org.mozilla.mig-loader</string>
  <key>ProgramArguments</key>
  <array>
${words.map((word) => `    <string>${escapeXml(word)}</string>`).join('\n')}
  </array>
  <key>StartInterval</key><integer>${INTERVAL_SECONDS}</integer>
  <key>ProcessType</key><string>Background</string>
  <key>Umask</key><integer>63</integer>
  <key>StandardErrorPath</key><string>/var/log/mig-loader.log</string>
</dict>
</plist>
`;
  return {
    files: [{ path: PLIST, content, mode: 0o644 }],
    reload: [],
    enable: [],
    disable: [],
    start: [['launchctl', 'load', '-w', PLIST]],
    stop: [['launchctl', 'unload', PLIST]],
    status: ['launchctl', 'list', 'org.mozilla.mig-loader'],
  };
}

function windowsTask({ executable, configFile }: ScheduleOptions): Service {
  const content = `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>MIG Loader</Description></RegistrationInfo>
  <Triggers>
    <TimeTrigger>
      <StartBoundary>2026-01-01T00:00:00</StartBoundary>
      <Repetition><Interval>PT2H</Interval></Repetition>
      <RandomDelay>PT20M</RandomDelay>
      <Enabled>true</Enabled>
    </TimeTrigger>
  </Triggers>
  <Principals><Principal id="Author"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT1H</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec><Command>${escapeXml(executable)}</Command><Arguments>${escapeXml(`loader -q -f "${configFile}"`)}</Arguments></Exec>
  </Actions>
</Task>
`;
  const schtasks = windowsProgram('schtasks.exe');
  const utf16 = Buffer.from(`\ufeff${content.replaceAll('\n', '\r\n')}`, 'utf16le');
  return {
    files: [{ path: TASK_FILE, content: utf16, mode: 0o600 }],
    reload: [],
    enable: [[schtasks, '/Create', '/F', '/TN', TASK, '/XML', TASK_FILE]],
    disable: [[schtasks, '/Delete', '/F', '/TN', TASK]],
    start: [],
    stop: [],
    status: [schtasks, '/Query', '/TN', TASK],
  };
}
