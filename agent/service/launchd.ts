import { basename } from 'node:path';
import { SERVICE_PATHS } from '../../platform/machine/service-paths.ts';
import type { Service, ServiceOptions } from './service.ts';

const PLIST = SERVICE_PATHS.launchd;
const LABEL = basename(PLIST, '.plist');

export function launchdService({ executable, configFile }: ServiceOptions): Service {
  const program = [executable, '-c', configFile, '-f'];
  const content = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${program.map((word) => `    <string>${escapeXml(word)}</string>`).join('\n')}
  </array>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ThrottleInterval</key><integer>60</integer>
  <key>ProcessType</key><string>Background</string>
  <key>LowPriorityIO</key><true/>
  <key>Nice</key><integer>5</integer>
  <key>Umask</key><integer>63</integer>
  <key>StandardOutPath</key><string>/var/log/mig-agent.log</string>
  <key>StandardErrorPath</key><string>/var/log/mig-agent.log</string>
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
    status: ['launchctl', 'list', LABEL],
  };
}

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
