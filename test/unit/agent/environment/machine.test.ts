import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isOtherMachine,
  macHardware,
  machineOf,
  windowsSystem,
} from '../../../../agent/environment/machine.ts';

const id = fc
  .array(fc.constantFrom(...'0123456789abcdef'), { minLength: 32, maxLength: 32 })
  .map((digits) => digits.join(''))
  .filter((text) => new Set(text).size > 1);
const optional = fc.option(id, { nil: undefined });

describe('a machine is recognised by its ids', () => {
  test('two machines differ when one id that both have differs', () => {
    fc.assert(
      fc.property(optional, optional, optional, optional, (system, hardware, otherSystem, otherHardware) => {
        const differs = (a?: string, b?: string) => a !== undefined && b !== undefined && a !== b;
        expect(isOtherMachine(machineOf(system, hardware), machineOf(otherSystem, otherHardware))).toBe(
          differs(system, otherSystem) || differs(hardware, otherHardware),
        );
      }),
    );
  });

  test('case, dashes and line feeds do not matter, and only a hash of an id is kept', () => {
    const uuid = '4C4C4544-0042-3510-8052-B4C04F4A4E32';
    expect(machineOf(undefined, `${uuid}\n`)).toEqual(
      machineOf(undefined, uuid.toLowerCase().replaceAll('-', '')),
    );
    expect(JSON.stringify(machineOf(uuid, uuid))).not.toContain('4c4c4544');
  });

  test.each([
    '',
    '\n',
    'uninitialized\n',
    '00000000-0000-0000-0000-000000000000',
    'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
    '03000200-0400-0500-0006-000700080009',
    'Not Set',
  ])('%j counts as no id', (text) => {
    expect(machineOf(text, text)).toEqual({});
  });

  test('the ids are read from the output of ioreg on macOS and reg on Windows', () => {
    const ioreg =
      '    "IOPlatformSerialNumber" = "C02"\n    "IOPlatformUUID" = "12345678-90AB-CDEF-1234-567890ABCDEF"\n';
    expect(macHardware(ioreg)).toBe('12345678-90AB-CDEF-1234-567890ABCDEF');
    expect(macHardware('')).toBeUndefined();
    const registry =
      '\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\r\n    MachineGuid    REG_SZ    aaaabbbb-1111-2222-3333-444455556666\r\n\r\n';
    expect(windowsSystem(registry)).toBe('aaaabbbb-1111-2222-3333-444455556666');
    expect(windowsSystem('ERROR: The system was unable to find the key')).toBeUndefined();
  });
});
