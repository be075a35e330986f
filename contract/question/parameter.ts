import { z } from 'zod';
import { listOf } from '../fields.ts';
import { parseDurationMs } from '../go/duration.ts';

/** What a parameter of a saved question accepts. */
const PARAMETER_TYPES = ['text', 'integer', 'duration', 'path', 'regex', 'choice'] as const;
type ParameterType = (typeof PARAMETER_TYPES)[number];

const MAX_VALUE = 4096;
const MAX_CHOICES = 64;
const MAX_TEXT = 1000;

/** A name that is a flag of `mig ask`, too. */
export const ParameterName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be 1 to 32 lower case letters, digits and hyphens, a letter first');

const Value = z.union([z.string().max(MAX_VALUE), z.number()]);

/** A declared parameter of a saved question. */
export const QuestionParameter = z.strictObject({
  name: ParameterName,
  type: z.enum(PARAMETER_TYPES),
  description: z.string().max(MAX_TEXT).default(''),
  required: z.boolean().default(false),
  /** What is filled in when nothing is given. */
  default: Value.optional(),
  /** A value that the operations are checked with when the question is saved. */
  example: Value.optional(),
  /** What a choice accepts. */
  choices: listOf(z.string().min(1).max(256), MAX_CHOICES).optional(),
});
export type QuestionParameter = z.infer<typeof QuestionParameter>;

export type ParameterValue = string | number;

/** Says what is wrong with a pattern in RE2 syntax; undefined for a good one. */
export type RegexCheck = (pattern: string) => string | undefined;

/** Reads the text that somebody typed as the value of a parameter: a number for an integer, and a text for all others. */
export function valueOfText({ type }: Pick<QuestionParameter, 'type'>, text: string): ParameterValue {
  return type === 'integer' && /^-?\d{1,16}$/.test(text) ? Number(text) : text;
}

/** What is wrong with a value; undefined when the parameter accepts it. */
export function problemOfValue(
  { type, choices = [] }: QuestionParameter,
  value: ParameterValue,
  regexProblem: RegexCheck,
): string | undefined {
  if (type === 'integer') return Number.isSafeInteger(value) ? undefined : 'must be a whole number';
  if (typeof value !== 'string') return 'must be a text';
  if (value === '') return 'is empty';
  if (value.length > MAX_VALUE) return `must have at most ${MAX_VALUE} characters`;
  if (value.includes('\u0000')) return 'must not contain U+0000';
  return problemOfText({ type, choices }, value, regexProblem);
}

/** A path is absolute, of Unix or Windows: an agent has no folder that a relative one could begin at. */
const ABSOLUTE = /^(\/|[A-Za-z]:[\\/]|\\\\)/;

function problemOfText(
  { type, choices }: { type: Exclude<ParameterType, 'integer'>; choices: readonly string[] },
  text: string,
  regexProblem: RegexCheck,
): string | undefined {
  switch (type) {
    case 'text':
      return undefined;
    case 'duration':
      return parseDurationMs(text) === undefined ? 'must be a duration like 60s, 5m or 48h' : undefined;
    case 'path':
      return ABSOLUTE.test(text) ? undefined : 'must be an absolute path like /etc or C:\\Windows';
    case 'regex':
      return regexProblem(text);
    case 'choice':
      return choices.includes(text) ? undefined : `must be one of ${choices.join(', ')}`;
  }
}

/** What is wrong with the declaration of a parameter; undefined for a good one. */
export function problemOfParameter(
  parameter: QuestionParameter,
  regexProblem: RegexCheck,
): string | undefined {
  const { type, choices, required } = parameter;
  if (type === 'choice' && (choices === undefined || choices.length === 0)) return 'a choice needs choices';
  if (type !== 'choice' && choices !== undefined) return 'only a choice has choices';
  if (required && parameter.default !== undefined) return 'a required parameter has no default';
  for (const field of ['default', 'example'] as const) {
    const value = parameter[field];
    const problem = value === undefined ? undefined : problemOfValue(parameter, value, regexProblem);
    if (problem !== undefined) return `its ${field} ${problem}`;
  }
  return undefined;
}
