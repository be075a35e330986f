import { z } from 'zod';

/** The variables of a policy, by name with its dollar. */
export const Variables = z.record(z.string().max(200), z.unknown());
export type Variables = z.infer<typeof Variables>;

const MAX_RULE = 10_000;

/** The rule with the texts of its variables; undefined when it becomes too long. The longest name comes first. */
export function expandVariables(rule: string, variables: Variables): string | undefined {
  const names = Object.keys(variables)
    .filter((name) => /^\$\w+$/.test(name))
    .sort((a, b) => b.length - a.length);
  let expanded = rule;
  for (const name of names) {
    const value = variables[name];
    if (typeof value === 'string') expanded = expanded.split(name).join(value);
    if (expanded.length > MAX_RULE) return undefined;
  }
  return expanded.length > MAX_RULE ? undefined : expanded;
}
