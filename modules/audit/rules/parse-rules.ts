import { z } from 'zod';
import { errorMessage, MigError } from '../../../contract/errors.ts';
import { goObject, listOf } from '../../../contract/fields.ts';
import { readAs } from '../../../contract/read-as.ts';

const Field = goObject({
  name: z.string(),
  op: z.string().default('='),
  value: z.union([z.string().max(4096), z.number()]),
});
export type RuleField = z.infer<typeof Field>;

const SystemCallRule = goObject({
  syscalls: listOf(z.string().max(64), 512).default([]),
  fields: listOf(Field, 60).default([]),
  actions: listOf(z.string().max(16), 2).default([]),
  key: z.string().max(255).default(''),
});
export type SystemCallRule = z.infer<typeof SystemCallRule>;

const PathRule = goObject({
  path: z.string().min(1).max(4096),
  permission: z.string().max(8).default('rwxa'),
  key: z.string().max(255).default(''),
  strict_path_check: z.boolean().default(false),
});
export type PathRule = z.infer<typeof PathRule>;

const RuleFile = goObject({ audit_rules: listOf(z.record(z.string(), z.unknown()), 4096).default([]) });

export interface Rules {
  rules: ({ kind: 'path'; rule: PathRule } | { kind: 'system call'; rule: SystemCallRule })[];
}

/** Parses a rule file. Throws an error that names the rule by its place. */
export function parseRules(text: string): Rules {
  const file = readAs(RuleFile, parseJson(text));
  if (!file.success) throw invalid(file.problem);
  return { rules: file.data.audit_rules.map((rule, index) => parseRule(rule, index + 1)) };
}

function parseRule(given: Record<string, unknown>, place: number): Rules['rules'][number] {
  const isPath = Object.keys(given).some((key) => key.toLowerCase() === 'path');
  const parsed = isPath ? readAs(PathRule, given) : readAs(SystemCallRule, given);
  if (!parsed.success) throw invalid(`rule ${place}: ${parsed.problem}`);
  if ('path' in parsed.data) return { kind: 'path', rule: parsed.data };
  return { kind: 'system call', rule: parsed.data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(errorMessage(cause));
  }
}

function invalid(why: string): MigError {
  return new MigError('config_invalid', why);
}
