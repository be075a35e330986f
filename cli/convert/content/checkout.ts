import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MigError } from '../../../contract/errors.ts';
import { whyUnreadable } from '../../../platform/files/read-text.ts';
import { parseYaml } from '../parse-yaml.ts';
import { namingInput, readInput, readYaml } from '../read-input.ts';
import type { JinjaVariables } from './jinja.ts';
import { renderJinja } from './jinja.ts';

/** What a checkout of ComplianceAsCode says of a product, and where its rules are. */
export interface Checkout {
  folder: string;
  product: string;
  /** The name of the system, as an agent reports it. */
  system: string;
  variables: JinjaVariables;
  /** The package of a platform `package[…]`. */
  packages: ReadonlyMap<string, string>;
  /** The folders of the guide that contain a rule, by the rule's id. */
  rules: ReadonlyMap<string, RuleFolder>;
  /** The files of the guide's variables, by id. */
  variableFiles: ReadonlyMap<string, string>;
}

export interface RuleFolder {
  folder: string;
  /** The folders around it, outermost first, that have a `group.yml`. */
  groups: readonly string[];
  /** Whether the rule brings an OVAL definition of its own, which replaces its template's. */
  hasOwnOval: boolean;
}

const PRODUCT = /^debian(\d{1,3})$/;
const ProductFile = z.object({
  platform_package_overrides: z.record(z.string(), z.string()).optional(),
});
const PackageFile = z.object({ args: z.record(z.string(), z.object({ pkgname: z.string() })) });

/** Opens a checkout of ComplianceAsCode for a product. Throws MigError for a folder that is none. */
export function openCheckout(folder: string, product: string): Checkout {
  const version = PRODUCT.exec(product)?.[1];
  if (version === undefined)
    throw new MigError(
      'usage',
      `--product: rules are translated for debian11, debian12, …, not for ${product}`,
    );
  const productFile = ProductFile.safeParse(readYaml(join(folder, 'products', product, 'product.yml')));
  const variables = new Map<string, string | readonly string[]>([
    ['product', product],
    ['families', ['debian', 'debian-like']],
    ['pkg_system', 'dpkg'],
    ['pkg_manager', 'apt_get'],
    ['init_system', 'systemd'],
    ['full_name', `Debian ${version}`],
    ['sshd_distributed_config', 'false'],
  ]);
  const overrides = productFile.success ? (productFile.data.platform_package_overrides ?? {}) : {};
  return {
    folder,
    product,
    system: `Debian GNU/Linux ${version}`,
    variables,
    packages: new Map([...packageNames(folder, variables), ...Object.entries(overrides)]),
    ...walkGuide(join(folder, 'linux_os', 'guide'), product),
  };
}

function packageNames(folder: string, variables: JinjaVariables): [string, string][] {
  const path = join(folder, 'shared', 'applicability', 'package.yml');
  const rendered = renderJinja(readInput(path), variables);
  if (rendered.problem !== undefined) throw new MigError('usage', `${path}: ${rendered.problem}`);
  const parsed = PackageFile.safeParse(namingInput(path, () => parseYaml(rendered.text)));
  if (!parsed.success) throw new MigError('usage', `${path}: has no list of packages`);
  return Object.entries(parsed.data.args).map(([name, { pkgname }]) => [name, pkgname]);
}

const MAX_FOLDERS = 50_000;
const MAX_DEPTH = 24;

type Guide = Pick<Checkout, 'rules' | 'variableFiles'>;

/** Finds the rules and variables below a folder. Follows no links. */
function walkGuide(guide: string, product: string): Guide {
  const rules = new Map<string, RuleFolder>();
  const variableFiles = new Map<string, string>();
  let count = 0;
  const visit = (folder: string, groups: readonly string[], depth: number): void => {
    if (++count > MAX_FOLDERS || depth > MAX_DEPTH)
      throw new MigError('usage', `${folder}: has too many folders, or too deep ones`);
    const entries = listFolder(folder);
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    for (const name of files.filter((file) => file.endsWith('.var')))
      variableFiles.set(name.slice(0, -'.var'.length), join(folder, name));
    if (files.includes('rule.yml')) {
      rules.set(idOf(folder), { folder, groups, hasOwnOval: hasOwnOval(join(folder, 'oval'), product) });
      return;
    }
    const inner = files.includes('group.yml') ? [...groups, folder] : groups;
    for (const entry of entries.filter((one) => one.isDirectory()))
      visit(join(folder, entry.name), inner, depth + 1);
  };
  visit(guide, [], 0);
  if (rules.size === 0) throw new MigError('usage', `${guide}: has no rule.yml in it`);
  return { rules, variableFiles };
}

function listFolder(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw new MigError('usage', `${folder}: cannot be read: ${whyUnreadable(cause)}`, { cause });
  }
}

function idOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('/') + 1);
}

/** A definition may be of all products, of a family, or of one product. */
function hasOwnOval(folder: string, product: string): boolean {
  try {
    const names = readdirSync(folder);
    return ['shared.xml', 'debian.xml', `${product}.xml`].some((name) => names.includes(name));
  } catch {
    return false; // Most rules have no such folder.
  }
}
