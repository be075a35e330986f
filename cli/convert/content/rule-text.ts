import { z } from 'zod';
import { errorMessage } from '../../../contract/errors.ts';
import { LEVELS } from '../../../contract/sweep/levels.ts';
import { parseYaml } from '../parse-yaml.ts';
import { type JinjaVariables, renderJinja, UNKNOWN } from './jinja.ts';

/** What a rule or a group of ComplianceAsCode says, as far as checks need it. */
export interface RuleText {
  title: string;
  /** Empty when the rule says none, or that it is unknown. */
  severity: string;
  /** One of them must hold; none: the rule applies everywhere. */
  platforms: readonly string[];
  template: Template | undefined;
}

export interface Template {
  name: string;
  vars: Readonly<Record<string, string | readonly string[]>>;
  /** Whether the template makes no check of it. */
  isOff: boolean;
}

const Text = z.string().max(10_000);
const Blocks = z.object({
  title: Text.default(''),
  severity: Text.default(''),
  platform: Text.nullish(),
  platforms: z.array(Text).max(100).nullish(),
  template: z
    .object({
      name: Text,
      vars: z.record(Text, z.unknown()).nullish(),
      backends: z.record(Text, z.unknown()).nullish(),
    })
    .nullish(),
});

/** Reads `rule.yml` or `group.yml`. Returns why it cannot be read, or the rule. */
export function readRuleText(source: string, variables: JinjaVariables): RuleText | { problem: string } {
  const rendered = renderJinja(source, variables);
  if (rendered.problem !== undefined) return rendered;
  const blocks = blocksOf(rendered.text);
  if (typeof blocks === 'string') return { problem: blocks };
  let yaml: unknown;
  try {
    yaml = parseYaml(blocks.join('\n'));
  } catch (error) {
    return { problem: `its YAML cannot be read: ${errorMessage(error)}` };
  }
  const parsed = Blocks.safeParse(yaml);
  if (!parsed.success) return { problem: `its ${parsed.error.issues[0]?.path.join('.')} is not plain` };
  return ruleTextOf(parsed.data);
}

const WANTED = /^(title|severity|platforms?|template)\s*:/;
/**
 * The wanted blocks of a file, each from its name to the next one. The others are prose, and so is what a macro makes that
 * begins a line, except in a list.
 */
function blocksOf(text: string): string[] | string {
  const blocks: string[] = [];
  let block = '';
  for (const line of text.split('\n')) {
    if (/^[A-Za-z_]/.test(line)) block = line;
    else if (line.startsWith(UNKNOWN)) {
      if (/^platforms\s*:/.test(block)) return 'its platform is made by Jinja';
      block = '';
    }
    if (WANTED.test(block)) blocks.push(line);
  }
  return blocks;
}

function ruleTextOf({
  title,
  severity,
  platform,
  platforms,
  template,
}: z.infer<typeof Blocks>): RuleText | { problem: string } {
  const isUnknown = (value: unknown) => JSON.stringify(value ?? null).includes(UNKNOWN);
  const given = [...(platform ? [platform] : []), ...(platforms ?? [])];
  if (isUnknown(given)) return { problem: 'its platform is made by Jinja' };
  if (isUnknown(template)) return { problem: 'the variables of its template are made by Jinja' };
  return {
    title: title.replaceAll(UNKNOWN, '…'),
    severity: readSeverity(severity),
    platforms: given,
    template: template ? templateOf(template) : undefined,
  };
}

/** The severity of a rule whose text cannot be read: its line is plain also where others are not. */
export function severityIn(source: string): string {
  const lines = [...source.matchAll(/^severity\s*:\s*['"]?(\w+)['"]?\s*$/gm)];
  const [first, other] = lines.map(([, word = '']) => word);
  return first === undefined || other !== undefined ? '' : readSeverity(first);
}

function readSeverity(word: string): string {
  return LEVELS.includes(word) ? word : '';
}

function templateOf({ name, vars, backends }: NonNullable<z.infer<typeof Blocks>['template']>): Template {
  const texts = Object.entries(vars ?? {}).flatMap(([key, value]): [string, string | string[]][] => {
    const parsed = z.union([z.string(), z.array(z.string())]).safeParse(value);
    return parsed.success ? [[key, parsed.data]] : [];
  });
  return { name, vars: Object.fromEntries(texts), isOff: backends?.oval === 'off' };
}
