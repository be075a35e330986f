import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { sha256Hex } from '../../contract/digest.ts';
import { childEnvironment } from '../../platform/machine/child-environment.ts';
import { windowsProgram } from '../../platform/machine/windows-program.ts';

/** Digests that distinguish this machine from every other, and that nobody can link to anything else. */
export interface Machine {
  /** The digest of the number that the installation generated. A copy of the disk has the same. */
  system?: string | undefined;
  /** The digest of the serial number of the hardware or virtual machine. */
  hardware?: string | undefined;
}

const TIMEOUT_MS = 10_000;
const SYSTEM_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id'];
const HARDWARE_FILES = [
  '/sys/class/dmi/id/product_uuid',
  '/sys/hypervisor/uuid',
  '/sys/firmware/devicetree/base/serial-number',
];
/** Serial numbers that vendors did not set: one digit repeated, or the sample of a BIOS maker. */
const PLACEHOLDER = /^(.)\1*$|^03000200040005000006000700080009$/;
const MIN_DIGITS = 8;
const run = promisify(execFile);

export async function detectMachine(): Promise<Machine> {
  if (process.platform === 'darwin') return machineOf(undefined, macHardware(await output('ioreg', IOREG)));
  if (process.platform === 'win32') {
    const [registry, uuid] = await Promise.all([
      output(windowsProgram('reg.exe'), MACHINE_GUID),
      output(windowsProgram('WindowsPowerShell\\v1.0\\powershell.exe'), PRODUCT_UUID),
    ]);
    return machineOf(windowsSystem(registry), uuid);
  }
  return machineOf(firstOf(SYSTEM_FILES), firstOf(HARDWARE_FILES));
}

const IOREG = ['-rd1', '-c', 'IOPlatformExpertDevice'];
const MACHINE_GUID = ['query', 'HKLM\\SOFTWARE\\Microsoft\\Cryptography', '/v', 'MachineGuid', '/reg:64'];
const PRODUCT_UUID = ['-NoProfile', '-Command', '(Get-CimInstance Win32_ComputerSystemProduct).UUID'];

export function macHardware(ioreg: string): string | undefined {
  return /"IOPlatformUUID" = "([^"]+)"/.exec(ioreg)?.[1];
}

export function windowsSystem(registry: string): string | undefined {
  return /MachineGuid\s+REG_SZ\s+(\S+)/.exec(registry)?.[1];
}

/** Omits numbers that are missing, not yet set, or placeholders. */
export function machineOf(system: string | undefined, hardware: string | undefined): Machine {
  return { system: digestOf(system), hardware: digestOf(hardware) };
}

/** Whether two machines differ in a digest that both have. */
export function isOtherMachine(bound: Machine, found: Machine): boolean {
  return (['system', 'hardware'] as const).some(
    (fact) => bound[fact] !== undefined && found[fact] !== undefined && bound[fact] !== found[fact],
  );
}

function digestOf(text = ''): string | undefined {
  const digits = text.toLowerCase().replace(/[^0-9a-z]/g, '');
  const isKnown = digits.length >= MIN_DIGITS && digits !== 'uninitialized' && !PLACEHOLDER.test(digits);
  return isKnown ? sha256Hex(`mig-agent machine ${digits}`) : undefined;
}

function firstOf(files: readonly string[]): string | undefined {
  return files.map(read).find((text) => digestOf(text) !== undefined);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function output(program: string, args: readonly string[]): Promise<string> {
  try {
    const options = { timeout: TIMEOUT_MS, windowsHide: true, env: childEnvironment() };
    return (await run(program, args, options)).stdout;
  } catch {
    return '';
  }
}
