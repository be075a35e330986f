import { z } from 'zod';
import { countOf } from './text/count-of.ts';
import { describeGiven, mustBe } from './text/given.ts';

type Read<T> = { success: true; data: T } | { success: false; problem: string; error: z.ZodError };

/**
 * Reads a value by a schema. `problem` is the first five problems in plain English, each with its field, what was given and
 * what is accepted. It never contains the text of a field that is of the wrong kind or too long, which may be secret.
 */
export function readAs<Schema extends z.ZodType>(schema: Schema, value: unknown): Read<z.output<Schema>> {
  const parsed = schema.safeParse(value, { error: problemOf });
  if (parsed.success) return parsed;
  return { success: false, problem: describe(parsed.error), error: parsed.error };
}

function describe({ issues }: z.ZodError): string {
  return issues
    .slice(0, 5)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
}

/** The words for an issue to which the schema gives none. Zod's own are no plain English. */
export function problemOf(issue: z.core.$ZodRawIssue): string {
  const { input } = issue;
  if (issue.code === 'unrecognized_keys') return unknownFields(issue.keys, issue.inst);
  if (issue.code === 'invalid_type' && issue.expected === 'nonoptional') return 'is missing';
  const accepted = acceptedBy(issue);
  if (input === undefined) return `is missing: it must be ${accepted}`;
  if (issue.code === 'too_big' || issue.code === 'too_small') {
    return `must be ${accepted}, and it has ${sizeOf(input)}`;
  }
  const isOfKind = issue.code === 'invalid_value' || issue.code === 'invalid_format';
  // A text where another kind is accepted may be secret.
  return typeof input === 'string' && !isOfKind ? `must be ${accepted}, not a text` : mustBe(accepted, input);
}

const KINDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

/** What would have been accepted: a noun, after "must be". */
function acceptedBy(issue: z.core.$ZodRawIssue | z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? `of the kind '${issue.expected}'`;
    case 'invalid_value':
      return issue.values.map((value) => describeGiven(value)).join(' or ');
    case 'too_big':
      return sizeFrom(issue.origin, {
        word: issue.inclusive ? 'at most' : 'less than',
        limit: issue.maximum,
      });
    case 'too_small':
      return sizeFrom(issue.origin, {
        word: issue.inclusive ? 'at least' : 'more than',
        limit: issue.minimum,
      });
    case 'invalid_format':
      return `of the form ${issue.pattern ?? issue.format}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return [...new Set((issue.errors as z.core.$ZodIssue[][]).flat().map(acceptedBy))].join(' or ');
    default:
      return 'as the documentation says';
  }
}

function sizeFrom(origin: string, { word, limit }: { word: string; limit: number | bigint }): string {
  if (origin === 'string') return `a text of ${word} ${countOf(Number(limit), 'character')}`;
  if (origin === 'array') return `a list of ${word} ${countOf(Number(limit), 'item')}`;
  return `${word} ${limit}`;
}

function sizeOf(input: unknown): string {
  if (typeof input === 'string') return `${input.length}`;
  return Array.isArray(input) ? `${input.length}` : `the value ${String(input)}`;
}

function unknownFields(keys: readonly string[], schema: unknown): string {
  const shown = keys.slice(0, 3).map((key) => describeGiven(key));
  const fields = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return `has no field ${shown.join(', ')}; its fields are ${fields.join(', ')}`;
}
