import fc from 'fast-check';
import { expect, test } from 'vitest';
import { protectFolders } from '../../../../agent/service/windows-acl.ts';

const ICACLS = 'C:\\Windows\\System32\\icacls.exe';

test('only the system and the administrators have access to the folders of an agent', () => {
  const { needed, tried } = protectFolders(['C:\\mig', 'C:\\mig', 'c:\\mig\\state']);
  expect(needed).toEqual([
    [ICACLS, 'C:\\mig', '/setowner', '*S-1-5-32-544', '/Q'],
    [ICACLS, 'C:\\mig', '/reset', '/Q'],
    [
      ICACLS,
      'C:\\mig',
      '/inheritance:r',
      '/grant:r',
      '*S-1-5-18:(OI)(CI)F',
      '/grant:r',
      '*S-1-5-32-544:(OI)(CI)F',
      '/Q',
    ],
  ]);
  expect(tried).toEqual([
    [ICACLS, 'C:\\mig\\*', '/setowner', '*S-1-5-32-544', '/T', '/C', '/L', '/Q'],
    [ICACLS, 'C:\\mig\\*', '/reset', '/T', '/C', '/L', '/Q'],
  ]);
});

test('every folder is protected or lies in a protected one, and nobody else is granted access', () => {
  const name = fc.stringMatching(/^[a-z0-9 ]{1,6}$/).filter((text) => text.trim() === text);
  const folder = fc.tuple(fc.constantFrom('C:', 'D:'), fc.array(name, { minLength: 1, maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(folder, { minLength: 1, maxLength: 5 }), (parts) => {
      const folders = parts.map(([drive, names]) => [drive, ...names].join('\\'));
      const { needed } = protectFolders(folders);
      const closed = needed
        .filter((command) => command[2] === '/inheritance:r')
        .map((command) => String(command[1]));
      for (const one of folders) {
        expect(closed.some((other) => one === other || one.startsWith(`${other}\\`))).toBe(true);
      }
      const granted = needed.flatMap((command) => command.filter((word) => word.includes(':(')));
      expect(granted.every((word) => /^\*S-1-5-(18|32-544):/.test(word))).toBe(true);
    }),
  );
});

test('a whole drive is never touched', () => {
  expect(() => protectFolders(['C:\\mig', 'D:\\'])).toThrow(
    expect.objectContaining({ code: 'config_invalid' }),
  );
});
