import { SERVICE_PATHS } from '../../platform/machine/service-paths.ts';
import { windowsProgram } from '../../platform/machine/windows-program.ts';
import { escapeXml } from './launchd.ts';
import type { Service, ServiceOptions } from './service.ts';

const FILE = SERVICE_PATHS.windows;
const TASK = 'mig-agent';

/**
 * A scheduled task that starts at boot under the system account. The executable does not implement the protocol of the
 * service manager (docs/quirks.md); a task restarts it just as well.
 */
export function windowsService({ executable, configFile }: ServiceOptions): Service {
  const content = `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>MIG Agent</Description></RegistrationInfo>
  <Triggers><BootTrigger><Enabled>true</Enabled></BootTrigger></Triggers>
  <Principals><Principal id="Author"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>7</Priority>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec><Command>${escapeXml(executable)}</Command><Arguments>${escapeXml(`-c "${configFile}" -f`)}</Arguments></Exec>
  </Actions>
</Task>
`;
  const schtasks = windowsProgram('schtasks.exe');
  const utf16 = Buffer.from(`\ufeff${content.replaceAll('\n', '\r\n')}`, 'utf16le');
  return {
    files: [{ path: FILE, content: utf16, mode: 0o600 }],
    reload: [],
    enable: [[schtasks, '/Create', '/F', '/TN', TASK, '/XML', FILE]],
    disable: [[schtasks, '/Delete', '/F', '/TN', TASK]],
    start: [[schtasks, '/Run', '/TN', TASK]],
    stop: [[schtasks, '/End', '/TN', TASK]],
    status: [schtasks, '/Query', '/TN', TASK],
  };
}
