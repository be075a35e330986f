import { readFileSync, realpathSync } from 'node:fs';

export type InitSystem = 'systemd' | 'upstart' | 'sysvinit' | 'launchd' | 'windows';

/** Detects the init system by process 1 (spec/agent.md#init-flavours). */
export function detectInit(): InitSystem {
  if (process.platform === 'darwin') return 'launchd';
  if (process.platform === 'win32') return 'windows';
  return initOfProcessOne(read('/proc/1/cmdline'), resolve('/sbin/init'));
}

/** `cmdline`: of process 1, its words ended by NUL bytes; `initProgram`: the target of the link /sbin/init. */
export function initOfProcessOne(cmdline: string, initProgram: string): InitSystem {
  const words = cmdline.replaceAll('\0', ' ').trim();
  if (words.includes('init [')) return 'sysvinit';
  if (words.includes('systemd')) return 'systemd';
  const program = words.split(' ', 1)[0] ?? '';
  if (/(^|\/)init$/.test(program)) {
    if (initProgram.includes('systemd')) return 'systemd';
    return initProgram.includes('upstart') ? 'upstart' : 'sysvinit';
  }
  return 'sysvinit';
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function resolve(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return '';
  }
}
