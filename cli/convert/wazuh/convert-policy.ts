import { z } from 'zod';
import { MigError } from '../../../contract/errors.ts';
import type { ConvertedCheck, Translation } from '../converted-check.ts';
import { convertedCheck } from '../converted-check.ts';
import { all, any, type Expression, not } from '../expression.ts';
import { readYaml } from '../read-input.ts';
import type { RegexSyntax } from '../regex/line-pattern.ts';
import { translateRule } from './translate-rule.ts';
import { expandVariables, Variables } from './variables.ts';

const Text = z.string().max(100_000);
const Rules = z.object({
  condition: z.enum(['all', 'any', 'none']),
  rules: z.array(Text).min(1).max(256),
});
type Rules = z.infer<typeof Rules>;

const Policy = z.object({
  policy: z.object({ id: Text, name: Text, regex_type: Text.optional() }),
  requirements: Rules.nullish(),
  variables: Variables.nullish(),
  checks: z.array(z.unknown()).max(20_000),
});
const PolicyCheck = z.object({
  id: z.string().regex(/^\d{1,12}$/),
  name: Text.optional(),
  title: Text.optional(),
  references: z.array(Text).nullish(),
  regex_type: Text.optional(),
  condition: z.unknown(),
  rules: z.unknown(),
});
type PolicyCheck = z.infer<typeof PolicyCheck>;

const ORIGIN = { target: "os='linux'", author: 'Wazuh' };

/** Converts the checks of a policy of Wazuh's Security Configuration Assessment. */
export function convertPolicy(path: string): ConvertedCheck[] {
  const parsed = Policy.safeParse(readYaml(path));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new MigError(
      'usage',
      `${path}: is no policy of Wazuh: ${issue?.path.join('.')}: ${issue?.message}`,
    );
  }
  const { policy, requirements, variables, checks } = parsed.data;
  return checks.map((given, index) => {
    const check = PolicyCheck.safeParse(given);
    if (!check.success) {
      const issue = check.error.issues[0];
      throw new MigError('usage', `${path}: check ${index + 1}: ${issue?.path.join('.')}: ${issue?.message}`);
    }
    const syntax = syntaxOf(check.data, policy.regex_type);
    const translation = translateCheck(check.data, { requirements, variables: variables ?? {}, syntax });
    return convertedCheck(sourceOf(check.data, policy.id), translation, ORIGIN);
  });
}

/** A policy of Wazuh says of no check how severe a failure is. */
function sourceOf({ id, name, title, references }: PolicyCheck, policyId: string) {
  const prefix = policyId
    .replaceAll(/[^A-Za-z0-9_-]/g, '_')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 100);
  const url = references?.find((reference) => /^https?:\/\/[\x21-\x7e]{1,2000}$/.test(reference)) ?? '';
  return { id: `${prefix || 'policy'}-${id}`, title: name ?? title ?? id, url, level: '' };
}

/** Version 5 knows PCRE2 only, and calls the title `name`; before, OSRegex was the default. */
function syntaxOf(
  { regex_type: own, name }: PolicyCheck,
  ofPolicy: string | undefined,
): RegexSyntax | undefined {
  const given = (own ?? ofPolicy)?.toLowerCase();
  if (given === undefined) return name === undefined ? 'osregex' : 'pcre2';
  return given === 'osregex' || given === 'pcre2' ? given : undefined;
}

interface Context {
  requirements: Rules | null | undefined;
  variables: Variables;
  syntax: RegexSyntax | undefined;
}

function translateCheck(check: PolicyCheck, { requirements, variables, syntax }: Context): Translation {
  const parsed = Rules.safeParse(check);
  if (!parsed.success) return { notchecked: 'its condition or its rules are not those of a policy' };
  if (syntax === undefined) return { notchecked: 'its regex_type is neither osregex nor pcre2' };
  const own = translateRules(parsed.data, variables, syntax);
  if (typeof own === 'string') return { notchecked: own };
  const outer = requirements ? translateRequirements(requirements, variables, syntax) : [];
  if (typeof outer === 'string') return { notchecked: `the requirements of the policy: ${outer}` };
  const applies = [...outer, ...own.applies];
  return { applies: applies.length === 0 ? undefined : all(...applies), requires: own.requires };
}

/** What the rules require, and which files must exist for that; or why they cannot be translated. */
function translateRules(
  { condition, rules }: Rules,
  variables: Variables,
  syntax: RegexSyntax,
): { applies: Expression[]; requires: Expression } | string {
  const requires: Expression[] = [];
  const needed = new Map<string, Expression>();
  for (const rule of rules) {
    const expanded = expandVariables(rule, variables);
    if (expanded === undefined) return 'its variables grow too long';
    const translated = translateRule(expanded, syntax);
    if (typeof translated === 'string') return translated;
    requires.push(translated.requires);
    if (translated.needs) needed.set(translated.needs.key, translated.needs.expression);
  }
  // Wazuh looks at the rules that it can answer first. Where all need one file, none can be answered without it.
  const isOneFile = needed.size === 1 && requires.length === countNeeding(rules, variables, syntax);
  if (needed.size > 0 && !isOneFile && rules.length > 1)
    return 'its rules read different files, and without one of them its result depends on the others';
  return { applies: [...needed.values()], requires: join(condition, requires) };
}

function countNeeding(rules: readonly string[], variables: Variables, syntax: RegexSyntax): number {
  return rules.filter((rule) => {
    const translated = translateRule(expandVariables(rule, variables) ?? '', syntax);
    return typeof translated !== 'string' && translated.needs !== undefined;
  }).length;
}

function join(condition: Rules['condition'], rules: readonly Expression[]): Expression {
  if (condition === 'all') return all(...rules);
  return condition === 'any' ? any(...rules) : not(any(...rules));
}

/** A policy whose requirements are not met is not run at all: its checks do not apply, whatever else is there. */
function translateRequirements(
  { condition, rules }: Rules,
  variables: Variables,
  syntax: RegexSyntax,
): Expression[] | string {
  const translated = [];
  for (const rule of rules) {
    const one = translateRule(expandVariables(rule, variables) ?? '', syntax);
    if (typeof one === 'string') return one;
    translated.push(one.needs ? all(one.needs.expression, one.requires) : one.requires);
  }
  return [join(condition, translated)];
}
