import { describe, expect, test } from 'vitest';
import { EXPLANATIONS, USAGES } from '../../../../cli/help/usages.ts';
import { manPageAbout, manPages } from '../../../../cli/man/man-pages.ts';
import { allModules } from '../../../../modules/all-modules.ts';

const pages = manPages();
/** What man(1) shows of the escapes of pages. */
const plain = (text: string) =>
  text.replace(/\\\[u([0-9A-F]+)\]|\\(\((?:aq|ga|ha|rs|ti)|-)/g, (_, hex: string, name: string) =>
    hex === undefined ? (SHOWN[name] ?? name) : String.fromCodePoint(Number.parseInt(hex, 16)),
  );
const SHOWN: Record<string, string> = {
  '-': '-',
  '(aq': "'",
  '(ga': '`',
  '(ha': '^',
  '(rs': '\\',
  '(ti': '~',
};

describe('man pages', () => {
  test('there is one of mig, of targets, of each group of commands, and of each module', () => {
    const groups = Object.keys(USAGES).flatMap((name) => (name === '-i' ? [] : [name.split(' ')[0]]));
    const topics = [...groups, ...allModules().map(({ name }) => name)].map((name) => `mig-${name}.1`);
    expect(new Set(pages.keys())).toEqual(new Set(['mig.1', 'mig-target.1', ...topics]));
  });

  test.each([...pages])('%s has the sections that readers look for, and a summary', (name, text) => {
    const sections = [...text.matchAll(/^\.SH "(.*)"$/gm)].map(([, title]) => title);
    expect(sections.filter((title) => title !== 'EXAMPLES' && title !== 'OPTIONS')).toEqual([
      'NAME',
      'SYNOPSIS',
      'DESCRIPTION',
      'EXIT STATUS',
      'FILES',
      'SEE ALSO',
    ]);
    expect(plain(text)).toMatch(new RegExp(`^\\.SH "NAME"\\n${name.slice(0, -2)} - \\S.*$`, 'm'));
  });

  test('a page has the usage, the words and the examples of the help of its commands', () => {
    for (const [command, usage] of Object.entries(USAGES)) {
      const name = command === '-i' ? 'mig.1' : `mig-${command.split(' ')[0]}.1`;
      const text = plain(pages.get(name) ?? '');
      expect(text).toContain(usage.replace('usage: ', ''));
      for (const line of EXPLANATIONS[command as keyof typeof USAGES].split('\n'))
        expect(text).toContain(line.trim());
    }
  });

  test('examples have a section of their own', () => {
    const text = plain(pages.get('mig-results.1') ?? '');
    const [, examples = ''] = text.split('.SH "EXAMPLES"');
    expect(examples.split('.SH')[0]).toMatch(/^mig results \d+/m);
  });

  test('options have a section of their own, and the pages that a page names are listed', () => {
    expect(plain(pages.get('mig-brakes.1') ?? '')).toMatch(/^mig\(1\), .*mig-action\(1\)/m);
    const options = plain(pages.get('mig-file.1') ?? '').split('.SH "OPTIONS"')[1] ?? '';
    expect(options.split('.SH')[0]).toMatch(/^ {2}-path <path> /m);
  });

  test('an unknown topic is refused with the closest one', () => {
    expect(() => manPageAbout('swep')).toThrow('no man page about "swep"; usage: mig man');
    expect(() => manPageAbout('swep')).toThrow('sweep');
    expect(manPageAbout(undefined)).toBe(pages.get('mig.1'));
  });
});
