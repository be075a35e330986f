import type { BundledPackage } from './bundled-packages.ts';

const RULE = '-'.repeat(80);

/** What the licences of bundled packages ask for: who made them, and the text of each licence. */
export function licenceNotices(program: string, packages: readonly BundledPackage[]): string {
  const parts = packages.map((one) =>
    [RULE, `${one.name} ${one.version}`, `Licence: ${one.licence}`, '', textOf(one)].join('\n'),
  );
  return [
    `${program} is part of Mozilla InvestiGator in TypeScript, under the Mozilla Public License 2.0`,
    '(https://mozilla.org/MPL/2.0/). It contains these programs of others, under their own licences.',
    '',
    ...parts,
    '',
  ].join('\n');
}

function textOf({ licenceTexts, author }: BundledPackage): string {
  if (licenceTexts.length > 0) return licenceTexts.map((text) => text.trim()).join('\n\n');
  const by = author === undefined ? '' : ` Its author is ${author}.`;
  return `The package has no text of its licence.${by}`;
}

/** One SPDX expression for a program and what it contains. */
export function combinedLicence(packages: readonly BundledPackage[]): string {
  const others = packages.map(({ licence }) => (/ /.test(licence) ? `(${licence})` : licence)).sort();
  return [...new Set(['MPL-2.0', ...others])].join(' AND ');
}
