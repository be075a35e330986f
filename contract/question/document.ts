import { z } from 'zod';
import { sha256Hex } from '../digest.ts';
import { MigError } from '../errors.ts';
import { listOf } from '../fields.ts';
import { parseDurationMs } from '../go/duration.ts';
import { parseStorableJson } from '../go/strict-json.ts';
import { readAs } from '../read-as.ts';
import { problemOfParameter, QuestionParameter, type RegexCheck } from './parameter.ts';
import { findPlaces } from './placeholder.ts';

export const MAX_QUESTION_BYTES = 64 * 1024;
export const MAX_COMMENT = 1000;
const MAX_DESCRIPTION = 4096;
const MAX_VERSION = 1_000_000_000;
const MAX_PARAMETERS = 32;
const MAX_OPERATIONS = 64;
/** Each may take the longest value, and an action has its own limit. */
const MAX_PLACES = 256;
/** Says what the text is: no signature over another document is one over a question. */
const KIND = 'saved question';

/** No shell reads such a name as anything but a word: completion offers names. */
export const QuestionName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    'must be 1 to 64 lower case letters, digits, dots, hyphens and underscores, a letter or digit first',
  );

const Operation = z.strictObject({
  module: z.string().min(1).max(256),
  parameters: z.custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  ),
});

/** What a question asks, without its name and version. */
const CONTENT = {
  description: z.string().max(MAX_DESCRIPTION).default(''),
  /** A condition, or the name of a macro, which each investigator has of his own. */
  target: z.string().min(1).max(2048).optional(),
  /** How long its actions are valid, unless the one who asks says otherwise. */
  expireafter: z
    .string()
    .max(32)
    .refine((text) => parseDurationMs(text) !== undefined, 'must be a duration like 60s, 5m or 48h')
    .optional(),
  parameters: listOf(QuestionParameter, MAX_PARAMETERS).default([]),
  operations: listOf(Operation, MAX_OPERATIONS),
};

const Document = z.strictObject({
  mig: z.literal(KIND),
  name: QuestionName,
  version: z.number().int().min(1).max(MAX_VERSION),
  /** The SHA-256 of the version before, in hexadecimal digits; null for the first. */
  previous: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  comment: z.string().max(MAX_COMMENT).default(''),
  ...CONTENT,
});

/** One version of a saved question: what its author signs. */
export type Question = Omit<z.infer<typeof Document>, 'mig'>;
/** What a question asks. */
export type QuestionContent = Omit<Question, 'name' | 'version' | 'previous' | 'comment'>;

/**
 * A question as a person writes it, or as `mig questions show --json` prints it. Its name and version say which version it
 * changes. What else that prints is not read.
 */
export const QuestionFile = z.strictObject({
  name: QuestionName.optional(),
  version: z.number().int().min(1).max(MAX_VERSION).optional(),
  ...CONTENT,
  comment: z.unknown().optional(),
  previous: z.unknown().optional(),
  digest: z.unknown().optional(),
  author: z.unknown().optional(),
  fingerprint: z.unknown().optional(),
  savedat: z.unknown().optional(),
});

/** The text to sign. */
export function questionText(question: Question): string {
  return JSON.stringify({ mig: KIND, ...question });
}

/** Reads a version of a question; throws MigError with the field. */
export function parseQuestion(text: string): Question {
  if (Buffer.byteLength(text) > MAX_QUESTION_BYTES) {
    throw new MigError('body_too_large', `question: is over ${MAX_QUESTION_BYTES} bytes`);
  }
  const read = readAs(Document, parseStorableJson(text));
  if (!read.success)
    throw new MigError('parameter_invalid', `question: ${read.problem}`, { cause: read.error });
  const { mig: _, ...question } = read.data;
  return question;
}

/** What names a version: the digest of its signed text. */
export function questionDigest(text: string): string {
  return sha256Hex(text);
}

/** Refuses a question whose parameters and placeholders do not fit each other. Throws `parameter_invalid`. */
export function checkQuestionContent(question: QuestionContent, regexProblem: RegexCheck): void {
  const { parameters, operations } = question;
  if (operations.length === 0) throw invalid('operations: there is none: it asks nothing');
  const names = parameters.map(({ name }) => name);
  for (const [index, parameter] of parameters.entries()) {
    const problem = names.indexOf(parameter.name) < index ? 'is declared twice' : undefined;
    const wrong = problem ?? problemOfParameter(parameter, regexProblem);
    if (wrong !== undefined) throw invalid(`parameter ${parameter.name}: ${wrong}`);
  }
  const places = operations.flatMap((operation, index) =>
    findPlaces(operation.parameters, `operations.${index}.parameters`),
  );
  if (places.length > MAX_PLACES) throw invalid(`operations: have over ${MAX_PLACES} placeholders`);
  for (const { name, path } of places) {
    if (!names.includes(name)) throw invalid(`${path}: there is no parameter ${name}`);
    if (/^operations\.\d+\.parameters$/.test(path)) throw invalid(`${path}: a value is no object`);
  }
  const unused = names.find((name) => !places.some((place) => place.name === name));
  if (unused !== undefined) throw invalid(`parameter ${unused}: no operation has a placeholder for it`);
}

function invalid(message: string): MigError {
  return new MigError('parameter_invalid', message);
}
