import { z } from 'zod';
import { type ErrorCode, MigError } from '../errors.ts';
import { parseStorableJson } from '../go/strict-json.ts';
import { toTimestamp } from '../go/time.ts';
import { readAs } from '../read-as.ts';

/*
 * The kinds of parameters that routes have. Each reads the text of a query or a form. The problem of a bad text follows its name,
 * `limit: must be a whole number, 1 or more`; MIG's own sentences stand alone.
 */

/** The most records in one response; the next page has the others. */
const MAX_LIMIT = 1_000_000;

/** As MIG's clients write ids: `5`, `5.000000`. */
const ID = /^\d+(\.0*)?$/;
/** As MIG's clients write numbers: `100`, `100.000000`, `1e+06`. */
const COUNT = /^\d+(\.0*)?(e\+?\d+)?$/i;

/** What a parameter with a signature is (spec/action.md#signature-string). */
export const SIGNATURE_FORM =
  'a detached signature: the base64 body of its armor and the checksum, on one line';

/** The most bytes of a form whose fields have this many: urlencoding triples all bytes that are not letters. */
export function formBytes(bytes: number): number {
  return 3 * bytes + 64 * 1024;
}

/** Marks a problem that is a whole sentence: the name of the parameter is not put before it. */
const SENTENCE = { isSentence: true };

export function isSentence(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'custom' && issue.params?.isSentence === true;
}

/** The code of an error with this issue. */
export function codeOf(issue: z.core.$ZodIssue): ErrorCode {
  return (issue.code === 'custom' && issue.params?.errorCode) || 'parameter_invalid';
}

/** A positive id; `thing` is what MIG calls the record: `Action`. */
export function recordId(thing: string) {
  return z
    .string()
    .transform((text, context) => {
      if (text === '') return refuse(context, 'missing');
      const id = Number(text);
      if (!ID.test(text) || !Number.isSafeInteger(id)) return refuse(context, 'not an id');
      if (id > 0) return id;
      context.addIssue({ code: 'custom', message: `Invalid ${thing} ID '${id}'`, params: SENTENCE });
      return z.NEVER;
    })
    .meta({ type: 'integer', minimum: 1, example: 5 });
}

/** An id to search for; zero is allowed, and finds nothing. */
export const filterId = z
  .string()
  .transform((text, context) => {
    const id = Number(text);
    return ID.test(text) && Number.isSafeInteger(id) ? id : refuse(context, 'not an id');
  })
  .meta({ type: 'integer', minimum: 0 });

/** The most records in the answer, cut to a million. */
export const anyLimit = wholeNumber(1)
  .transform((given) => Math.min(given, MAX_LIMIT))
  .meta({ type: 'integer', minimum: 1, description: 'the most records in the answer' });

/** As `anyLimit`, with a default. */
export function limit(byDefault: number) {
  return z
    .string()
    .default(String(byDefault))
    .pipe(anyLimit)
    .meta({ type: 'integer', minimum: 1, default: byDefault, description: 'the most records in the answer' });
}

/** The number of records to skip. It is never cut to the number of records: clients would read the same page forever. */
export const offset = z
  .string()
  .default('0')
  .pipe(wholeNumber(0).transform((given) => Math.min(given, Number.MAX_SAFE_INTEGER)))
  .meta({ type: 'integer', minimum: 0, default: 0, description: 'the number of records before the first' });

/** `true` or `false`, of any case. */
export const toggle = z
  .string()
  .transform((text, context) => {
    const folded = text.toLowerCase();
    return folded === 'true' || folded === 'false'
      ? folded === 'true'
      : refuse(context, 'must be true or false');
  })
  .meta({ type: 'boolean' });

/** An RFC 3339 time. */
export const time = z
  .string()
  .transform((text, context) => toTimestamp(text) ?? refuse(context, 'must be an RFC 3339 time'))
  .meta({ type: 'string', format: 'date-time' });

/** A list of words between commas, each one of `words`. */
export function wordsOf<const Words extends readonly string[]>(words: Words) {
  const isWord = (text: string): text is Words[number] => words.includes(text);
  return z
    .string()
    .transform((text, context): Words[number][] => {
      const given = text.split(',');
      const known = given.filter(isWord);
      const wrong = given.find((word) => !isWord(word));
      if (wrong === undefined) return known;
      return refuse(context, `'${wrong.slice(0, 64)}' is none of ${words.join(', ')}`);
    })
    .meta({ description: `words between commas: ${words.join(', ')}` });
}

/** JSON, with the schema of its value. The issue of a text that is no JSON has the code of its fault, see `codeOf`. */
export function json<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((text, context): z.output<Schema> => {
      try {
        const parsed = readAs(schema, parseStorableJson(text));
        return parsed.success ? parsed.data : refuse(context, parsed.problem);
      } catch (error) {
        if (!(error instanceof MigError)) throw error;
        context.addIssue({ code: 'custom', message: error.message, params: { errorCode: error.code } });
        return z.NEVER;
      }
    })
    .meta({ [JSON_VALUE]: schema });
}

/** In the metadata of `json`: the schema of the value, for the description of the API. */
export const JSON_VALUE = 'jsonValue';

function wholeNumber(min: number) {
  return z.string().transform((text, context) => {
    const given = Number(text);
    if (COUNT.test(text) && Number.isInteger(given) && given >= min) return given;
    return refuse(context, `must be a whole number, ${min} or more`);
  });
}

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}
