import { readFileSync } from 'node:fs';

const RULE = 'xccdf_org.ssgproject.content_rule_';
const PROFILE = 'xccdf_mig_profile_judge';

/** The rules of a data stream. */
export interface Rules {
  /** Of rules that exclude each other, oscap judges one: the first by name is here. */
  ids: ReadonlySet<string>;
  /** The rules without which oscap does not judge a rule. */
  required: ReadonlyMap<string, readonly string[]>;
}

export function rulesOf(datastream: string): Rules {
  const ids = new Set<string>();
  const required = new Map<string, readonly string[]>();
  for (const [, id = '', body = ''] of readFileSync(datastream, 'utf8').matchAll(RULE_ELEMENT)) {
    const others = (word: string) => [...body.matchAll(reference(word))].map(([, other = '']) => other);
    if (others('conflicts').every((other) => id < other)) ids.add(id);
    required.set(id, others('requires'));
  }
  return { ids, required };
}

const RULE_ELEMENT = new RegExp(
  `<[\\w.-]*:?Rule [^>]*id="${RULE}([\\w.-]+)"([\\s\\S]*?)</[\\w.-]*:?Rule>`,
  'g',
);

function reference(word: string): RegExp {
  return new RegExp(`:?${word} idref="${RULE}([\\w.-]+)"`, 'g');
}

/** The rules, and all that they require. */
export function withRequired(rules: readonly string[], { required }: Rules): string[] {
  const selected = new Set(rules);
  // A set visits what is added to it meanwhile.
  for (const rule of selected) for (const other of required.get(rule) ?? []) selected.add(other);
  return [...selected];
}

/** A tailoring that selects these rules only: the others would take minutes. */
export function tailoring(datastream: string, rules: readonly string[]): string {
  const selects = rules.map((rule) => `<select idref="${RULE}${rule}" selected="true"/>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<Tailoring xmlns="http://checklists.nist.gov/xccdf/1.2" id="xccdf_mig_tailoring_judge">
<benchmark href="${datastream}"/><version time="2020-01-01T00:00:00">1</version>
<Profile id="${PROFILE}"><title>judge</title>
${selects.join('\n')}
</Profile></Tailoring>
`;
}

/** The command line that judges the rules of a tailoring. */
export function oscapCommand({
  oscap,
  file,
  datastream,
}: {
  oscap: string;
  file: string;
  datastream: string;
}): string[] {
  return [
    oscap,
    'xccdf',
    'eval',
    '--progress',
    '--skip-validation',
    '--tailoring-file',
    file,
    '--profile',
    PROFILE,
    datastream,
  ];
}

/** The verdicts in the output of `oscap … --progress`, by rule. */
export function verdictsOf(output: string): Map<string, string> {
  const lines = output.matchAll(new RegExp(`^${RULE}([\\w.-]+):([a-z]+)\\s*$`, 'gm'));
  return new Map([...lines].map(([, rule = '', verdict = '']) => [rule, verdict]));
}
