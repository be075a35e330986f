import { join } from 'node:path';
import type { ConvertedCheck, Translation } from '../converted-check.ts';
import { convertedCheck } from '../converted-check.ts';
import { all, any, type Expression } from '../expression.ts';
import { readInput } from '../read-input.ts';
import { type Checkout, openCheckout, type RuleFolder } from './checkout.ts';
import { platformExpression } from './platforms.ts';
import { type Profile, readProfile } from './profile.ts';
import { type RuleText, readRuleText, severityIn } from './rule-text.ts';
import { templateExpression } from './templates.ts';
import { createValues, type Values } from './values.ts';

interface ContentRequest {
  /** A checkout of ComplianceAsCode. */
  folder: string;
  product: string;
  /** Undefined: all rules of the guide, with the defaults of their variables. */
  profile: string | undefined;
}

const MAX_RULE_BYTES = 1024 * 1024;
const PAGE = 'https://github.com/ComplianceAsCode/content/tree/master';

/** Converts rules of ComplianceAsCode for a product. */
export function convertContent({ folder, product, profile }: ContentRequest): ConvertedCheck[] {
  const checkout = openCheckout(folder, product);
  const selected =
    profile === undefined
      ? undefined
      : readProfile(profile, { folder, product, variables: checkout.variables });
  const values = createValues(checkout.variableFiles, selected?.chosen ?? new Map());
  const groups = new Map<string, RuleText | { problem: string }>();
  const readGroup = (path: string) => {
    const known = groups.get(path) ?? readRuleText(readInput(path, MAX_RULE_BYTES), checkout.variables);
    groups.set(path, known);
    return known;
  };
  return idsOf(checkout, selected).map((id) => {
    const rule = checkout.rules.get(id);
    return rule ? convertRule({ id, rule, checkout, values, readGroup }) : missingRule(id, checkout);
  });
}

function idsOf({ rules }: Checkout, selected: Profile | undefined): string[] {
  return selected ? [...selected.rules].sort() : [...rules.keys()].sort();
}

interface Rule {
  id: string;
  rule: RuleFolder;
  checkout: Checkout;
  values: Values;
  readGroup(path: string): RuleText | { problem: string };
}

function convertRule({ id, rule, checkout, values, readGroup }: Rule): ConvertedCheck {
  const file = readInput(join(rule.folder, 'rule.yml'), MAX_RULE_BYTES);
  const text = readRuleText(file, checkout.variables);
  const title = 'problem' in text || text.title === '' ? id : text.title;
  const level = 'problem' in text ? severityIn(file) : text.severity;
  const source = { id, title, level, url: `${PAGE}${rule.folder.slice(checkout.folder.length)}` };
  const translation =
    'problem' in text ? { notchecked: text.problem } : translate(text, { rule, checkout, values, readGroup });
  return convertedCheck(source, translation, originOf(checkout));
}

function missingRule(id: string, checkout: Checkout): ConvertedCheck {
  const source = { id, title: id, level: '', url: '' };
  return convertedCheck(source, { notchecked: 'the guide has no such rule' }, originOf(checkout));
}

function originOf({ system }: Checkout) {
  return { target: `environment->>'ident' LIKE '${system}%'`, author: 'ComplianceAsCode' };
}

function translate(
  { template, platforms }: RuleText,
  { rule, checkout, values, readGroup }: Omit<Rule, 'id'>,
): Translation {
  if (rule.hasOwnOval) return { notchecked: 'it has an OVAL definition of its own' };
  if (!template) return { notchecked: 'it has no template' };
  if (template.isOff) return { notchecked: 'its template makes no OVAL definition' };
  const { product } = checkout;
  const requires = templateExpression({ ...template, vars: ofProduct(template.vars, product) }, values);
  if (typeof requires === 'string') return { notchecked: requires };
  const applies: Expression[] = [];
  for (const path of rule.groups) {
    const group = readGroup(join(path, 'group.yml'));
    if ('problem' in group) return { notchecked: group.problem };
    const problem = addPlatforms(applies, group.platforms, checkout);
    if (problem !== undefined) return { notchecked: problem };
  }
  const problem = addPlatforms(applies, platforms, checkout);
  if (problem !== undefined) return { notchecked: problem };
  return { applies: applies.length === 0 ? undefined : all(...unique(applies)), requires };
}

/** Adds that one of the platforms holds. Returns why that cannot be translated. */
function addPlatforms(
  applies: Expression[],
  platforms: readonly string[],
  { packages }: Checkout,
): string | undefined {
  if (platforms.length === 0) return undefined;
  const translated = platforms.map((platform) => platformExpression(platform, packages));
  const unknown = platforms.find((_, index) => translated[index] === undefined);
  if (unknown !== undefined) return `the platform ${unknown} is not translated`;
  applies.push(any(...translated.filter((one) => one !== undefined)));
  return undefined;
}

/** A rule often repeats the platform of its group. */
function unique(expressions: readonly Expression[]): Expression[] {
  return [...new Map(expressions.map((one) => [JSON.stringify(one), one])).values()];
}

/** A variable for one product, `name@debian12`, replaces the one for all. */
function ofProduct(
  vars: Readonly<Record<string, string | readonly string[]>>,
  product: string,
): Record<string, string | readonly string[]> {
  const common = Object.entries(vars).filter(([name]) => !name.includes('@'));
  const own = Object.entries(vars).flatMap(([name, value]) =>
    name.endsWith(`@${product}`) ? [[name.slice(0, name.lastIndexOf('@')), value] as const] : [],
  );
  return Object.fromEntries([...common, ...own]);
}
