import { describe, expect, test } from 'vitest';
import { NO_TERMS } from '../../../../modules/module.ts';
import { matchPackages } from '../../../../modules/pkg/match-packages.ts';
import { pkg } from '../../../../modules/pkg/module.ts';
import { Parameters } from '../../../../modules/pkg/schema.ts';
import type { InstalledPackage } from '../../../../platform/machine/packages/installed-package.ts';

const INSTALLED: InstalledPackage[] = [
  { name: 'openssl', version: '1.1.1n-0', type: 'dpkg', arch: 'amd64' },
  { name: 'bash', version: '2:5.1-2', type: 'dpkg', arch: 'amd64' },
];

async function match(matches: string[], vermatch = '', terms = NO_TERMS) {
  const parameters = Parameters.parse({ pkgmatch: { matches }, vermatch });
  const { packages, limits } = await matchPackages(INSTALLED, { parameters, terms });
  return { names: packages.map(({ name }) => name), limits };
}

describe('matching', () => {
  test('goes pattern by pattern, and lists a package again for a second pattern', async () => {
    expect((await match(['^b', 's'])).names).toEqual(['bash', 'openssl', 'bash']);
  });

  test('an inverted version keeps what does not match, and a lone mark is a literal', async () => {
    expect((await match(['.'], '!^2:')).names).toEqual(['openssl']);
    expect((await match(['.'], '!')).names).toEqual([]);
  });

  test('stops at its time, with an error that says where', async () => {
    const late = await match(['a', 'b'], '', { ...NO_TERMS, endsAtMs: 0 });
    expect(late.limits).toEqual(['not all packages were compared: the time was over in pattern 1 of 2']);
  });

  test('keeps what fits, and counts the rest', async () => {
    const cut = await match(['.'], '', { ...NO_TERMS, maxBytes: 100 });
    expect(cut.names).toEqual(['openssl']);
    expect(cut.limits).toEqual(['1 of 2 packages were not returned: they may take 80 bytes']);
  });

  test('a pattern that would cost another engine years takes no time', async () => {
    expect((await match(['(a+)+$'], '(x+x+)+y')).names).toEqual([]);
  });
});

describe('parameters', () => {
  test('without a name, or with a bad pattern, have MIGs refusals', () => {
    expect(pkg.checkParameters({})).toBe('must specify at least one package to match');
    expect(pkg.checkParameters({ pkgmatch: { matches: ['('] } })).toMatch(/^error parsing regexp: /);
    expect(pkg.checkParameters({ pkgmatch: { matches: ['a'] }, vermatch: '!(' })).toMatch(
      /^error parsing regexp: /,
    );
  });

  test('too many or too large ones are refused by a server before any is compiled', () => {
    const check = (matches: string[]) =>
      [...(pkg.checkParametersInSteps?.({ pkgmatch: { matches } }) ?? [])].length;
    const problem = (matches: string[]) =>
      pkg.checkParametersInSteps?.({ pkgmatch: { matches } }).next().value;
    expect(check(['a', 'b'])).toBe(3);
    expect(problem(Array(101).fill('a'))).toBe('pkgmatch.matches has more than 100 values');
    expect(problem(['((a{100}){100}){100}'])).toMatch(/^a pattern is too large: /);
  });
});
