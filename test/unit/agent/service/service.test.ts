import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { describeService } from '../../../../agent/service/describe-service.ts';
import type { Service } from '../../../../agent/service/service.ts';
import { protectFolders } from '../../../../agent/service/windows-acl.ts';
import { parseIni } from '../../../../platform/files/ini.ts';
import { LONGEST_ENDING_MS } from '../../../../platform/machine/agent-processes.ts';
import { windowsProgram } from '../../../../platform/machine/windows-program.ts';

const OPTIONS = {
  executable: '/bin/true',
  configFile: '/etc/mig & co/mig-agent.cfg',
  runDir: '/var/run/mig',
  stateDir: '/var/lib/mig',
};

test('systemd-analyze has no complaint about the unit', () => {
  const unit = describeService('systemd', OPTIONS);
  expect(verify('systemd-analyze', ['verify'], unit)).toBe('');
});

test('the unit limits the agent, restarts it, and delegates its control groups', () => {
  const service = parseIni(text(describeService('systemd', OPTIONS))).get('service');
  const one = (key: string) => service?.get(key.toLowerCase())?.[0];
  expect(one('CPUQuota')).toBe('50%');
  expect(one('MemoryMax')).toBe('1G');
  expect(one('Restart')).toBe('always');
  expect(one('Delegate')).toBe('cpu memory pids');
  expect(one('NoNewPrivileges')).toBe('yes');
  const unit = parseIni(text(describeService('systemd', OPTIONS))).get('unit');
  expect(unit?.get('startlimitintervalsec')).toEqual(['0']);
});

test('the init script is valid shell with the header and links that start it at boot', () => {
  const service = describeService('sysvinit', { ...OPTIONS, configFile: '/etc/mig/mig-agent.cfg' });
  expect(verify('sh', ['-n'], service)).toBe('');
  expect(text(service)).toContain('# Default-Start:     2 3 4 5');
  expect(service.links?.map(({ path }) => path.slice(-20))).toHaveLength(7);
});

test('every service manager waits longer than a shutdown takes, and systemd signals only the agent', () => {
  const systemd = text(describeService('systemd', OPTIONS));
  expect(systemd).toMatch(/^KillMode=mixed$/m);
  const seconds = [
    /^TimeoutStopSec=(\d+)s$/m.exec(systemd),
    /^kill timeout (\d+)$/m.exec(text(describeService('upstart', OPTIONS))),
    / (\d+); do\n {4}kill -0/.exec(text(describeService('sysvinit', OPTIONS))),
  ].map((match) => Number(match?.[1]));
  for (const wait of seconds) expect(wait * 1000).toBeGreaterThan(LONGEST_ENDING_MS);
});

test('upstart limits the restarts', () => {
  expect(text(describeService('upstart', OPTIONS))).toMatch(/^respawn limit 5 300$/m);
});

test('the property list for launchd has program and start conditions', () => {
  const plist = text(describeService('launchd', OPTIONS));
  const xml = parseXml(plist);
  expect(xml.name).toBe('plist');
  const [dict] = xml.children;
  const value = (key: string) => {
    const at = dict?.children.findIndex(({ name, text }) => name === 'key' && text === key) ?? -1;
    return dict?.children[at + 1];
  };
  expect(value('ProgramArguments')?.children.map(({ text }) => text)).toEqual([
    '/bin/true',
    '-c',
    '/etc/mig & co/mig-agent.cfg',
    '-f',
  ]);
  expect(value('RunAtLoad')?.name).toBe('true');
  expect(value('KeepAlive')?.children.map(({ name }) => name)).toEqual(['key', 'false']);
});

test('the task for Windows starts at boot, as the system, and restarts after a failure', () => {
  const { content } =
    describeService('windows', { ...OPTIONS, executable: 'C:\\mig\\mig-agent.exe' }).files[0] ?? {};
  const bytes = content as Buffer;
  expect([...bytes.subarray(0, 2)]).toEqual([0xff, 0xfe]);
  const task = parseXml(bytes.toString('utf16le').slice(1));
  expect(find(task, 'BootTrigger', 'Enabled')).toBe('true');
  expect(find(task, 'UserId')).toBe('S-1-5-18');
  expect(find(task, 'RestartOnFailure', 'Interval')).toBe('PT1M');
  expect(find(task, 'Exec', 'Command')).toBe('C:\\mig\\mig-agent.exe');
  expect(find(task, 'Exec', 'Arguments')).toBe('-c "/etc/mig & co/mig-agent.cfg" -f');
});

test('on Windows, programs are started by their absolute path, never from the working folder', () => {
  const { enable, disable, start, stop, status } = describeService('windows', OPTIONS);
  const { needed, tried } = protectFolders(['C:\\mig']);
  for (const [program] of [...enable, ...disable, ...start, ...stop, status, ...needed, ...tried]) {
    expect(program).toMatch(/^C:\\Windows\\System32\\(schtasks|icacls)\.exe$/);
  }
  expect(windowsProgram('whoami.exe', 'D:\\WinNT')).toBe('D:\\WinNT\\System32\\whoami.exe');
});

function text({ files }: Service): string {
  return String(files[0]?.content);
}

/** Returns the complaints of a checking program about the first file of a service. */
function verify(program: string, args: string[], { files }: Service): string {
  const folder = mkdtempSync(join(tmpdir(), 'mig-service-'));
  const file = join(folder, basename(files[0]?.path ?? ''));
  try {
    writeFileSync(file, files[0]?.content ?? '');
    return execFileSync(program, [...args, file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    return String((error as { stderr?: string }).stderr ?? error);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Element {
  name: string;
  text: string;
  children: Element[];
}

/** Parses enough XML to prove these files well formed: elements, text, entities. */
function parseXml(xml: string): Element {
  const root: Element = { name: '', text: '', children: [] };
  const open = [root];
  for (const [, tag, slash, name = '', selfClosing, characters = ''] of xml.matchAll(
    /(<(\/?)([A-Za-z][\w.]*)[^>]*?(\/?)>)|<[?!][^>]*>|([^<]+)/g,
  )) {
    const parent = open.at(-1) ?? root;
    if (tag === undefined) parent.text += unescapeXml(characters.trim());
    else if (slash) expect(open.pop()?.name).toBe(name);
    else {
      const element = { name, text: '', children: [] };
      parent.children.push(element);
      if (!selfClosing) open.push(element);
    }
  }
  expect(open).toHaveLength(1);
  return root.children[0] ?? root;
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function find(element: Element, ...path: string[]): string | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return element.text;
  for (const child of element.children) {
    const found = child.name === name ? find(child, ...rest) : find(child, name, ...rest);
    if (found !== undefined) return found;
  }
  return undefined;
}
