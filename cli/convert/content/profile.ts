import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MigError } from '../../../contract/errors.ts';
import { parseYaml } from '../parse-yaml.ts';
import { namingInput, readInput } from '../read-input.ts';
import { type JinjaVariables, renderJinja } from './jinja.ts';

/** What a profile selects: rules by id, and the options of variables. */
export interface Profile {
  rules: ReadonlySet<string>;
  chosen: ReadonlyMap<string, string>;
}

interface Source {
  /** The checkout. */
  folder: string;
  product: string;
  variables: JinjaVariables;
}

const ID = /^[A-Za-z0-9_-]{1,100}$/;
const MAX_DEPTH = 16;
const ProfileFile = z.object({
  extends: z.string().nullish(),
  selections: z.array(z.string()).max(10_000).nullish(),
});
const Control = z.object({
  id: z.string(),
  levels: z.array(z.string()).nullish(),
  rules: z.array(z.string()).nullish(),
  controls: z.array(z.unknown()).nullish(),
});
const Policy = z.object({
  levels: z.array(z.object({ id: z.string(), inherits_from: z.array(z.string()).nullish() })).nullish(),
  controls: z.array(z.unknown()),
});

/** Reads a profile of a product, with those that it extends and the controls that it selects from. */
export function readProfile(name: string, source: Source): Profile {
  const selected = { rules: new Set<string>(), chosen: new Map<string, string>() };
  addProfile(name, { source, selected, depth: 0 });
  return selected;
}

interface Selection {
  source: Source;
  selected: { rules: Set<string>; chosen: Map<string, string> };
  depth: number;
}

function addProfile(name: string, { source, selected, depth }: Selection): void {
  if (!ID.test(name))
    throw new MigError('usage', `--profile: ${JSON.stringify(name)} is no name of a profile`);
  if (depth > MAX_DEPTH)
    throw new MigError('usage', `--profile: ${name} extends too many profiles, or itself`);
  const path = join(source.folder, 'products', source.product, 'profiles', `${name}.profile`);
  if (!existsSync(path)) throw new MigError('usage', `--profile: there is no ${path}`);
  const { extends: base, selections } = read(path, ProfileFile, source);
  if (base) addProfile(base, { source, selected, depth: depth + 1 });
  const items = selections ?? [];
  // As the build does: what controls select is overridden by the profile itself.
  for (const item of items.filter(isOfControls)) addControls(item, { source, selected, depth });
  for (const item of items.filter((one) => !isOfControls(one))) addItem(item, selected);
}

function isOfControls(item: string): boolean {
  return /^[\w-]+:/.test(item);
}

function addItem(item: string, { rules, chosen }: Selection['selected']): void {
  const [, variable, option] = /^(\w+)=(.*)$/s.exec(item) ?? [];
  if (variable !== undefined && option !== undefined) chosen.set(variable, option);
  else if (item.startsWith('!')) rules.delete(item.slice(1));
  else rules.add(item);
}

/** `policy:all`, `policy:all:level` or `policy:control`. */
function addControls(item: string, { source, selected }: Selection): void {
  const [policy = '', which = '', level] = item.split(':');
  if (!ID.test(policy)) throw new MigError('usage', `a profile selects from ${JSON.stringify(policy)}`);
  const { levels, controls } = read(join(source.folder, 'controls', `${policy}.yml`), Policy, source);
  const wanted = level === undefined ? undefined : withInherited(level, levels ?? []);
  const lowest = levels?.[0]?.id;
  const isWanted = (control: z.infer<typeof Control>) => {
    if (which !== 'all') return control.id === which;
    if (!wanted) return true;
    const own = control.levels ?? (lowest === undefined ? [] : [lowest]);
    return own.some((one) => wanted.has(one));
  };
  for (const control of flat(controls, 0)) {
    if (isWanted(control)) for (const rule of control.rules ?? []) addItem(rule, selected);
  }
}

function flat(controls: readonly unknown[], depth: number): z.infer<typeof Control>[] {
  if (depth > MAX_DEPTH) throw new MigError('usage', 'the controls of a profile are nested too deep');
  return controls.flatMap((given) => {
    const parsed = Control.safeParse(given);
    return parsed.success ? [parsed.data, ...flat(parsed.data.controls ?? [], depth + 1)] : [];
  });
}

function withInherited(level: string, levels: NonNullable<z.infer<typeof Policy>['levels']>): Set<string> {
  const wanted = new Set([level]);
  // A set visits what is added to it meanwhile.
  for (const one of wanted) {
    for (const base of levels.find(({ id }) => id === one)?.inherits_from ?? []) wanted.add(base);
  }
  return wanted;
}

function read<T>(path: string, schema: z.ZodType<T>, { variables }: Source): T {
  const rendered = renderJinja(readInput(path), variables);
  if (rendered.problem !== undefined) throw new MigError('usage', `${path}: ${rendered.problem}`);
  const parsed = schema.safeParse(namingInput(path, () => parseYaml(rendered.text)));
  if (!parsed.success) throw new MigError('usage', `${path}: is no profile or policy of ComplianceAsCode`);
  return parsed.data;
}
