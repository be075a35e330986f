import type { z } from 'zod';
import { codeOf, isSentence } from '../../contract/api/parameters.ts';
import type { Route } from '../../contract/api/route.ts';
import { MigError } from '../../contract/errors.ts';
import { problemOf } from '../../contract/read-as.ts';
import { refuseUnknown } from '../http/parse-pairs.ts';

/**
 * Parses parameters by name. Throws `parameter_invalid`, or the code of the fault of a text that should be JSON, with the
 * name of each bad, missing or unknown one.
 */
export function parseParameters<Parameters extends z.ZodObject>(
  { method, parameters }: Pick<Route, 'method'> & { parameters: Parameters },
  given: Readonly<Record<string, string>>,
): z.output<Parameters> {
  refuseUnknown(Object.keys(given), Object.keys(parameters.shape));
  const parsed = parameters.safeParse(method === 'GET' ? withoutEmpty(given) : given, { error: wordsFor });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 5);
  const code = issues.map(codeOf).find((one) => one !== 'parameter_invalid') ?? 'parameter_invalid';
  throw new MigError(code, issues.map(describe).join('; '));
}

/** In a query, MIG's clients leave the values empty that they do not use. */
function withoutEmpty(given: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}

function wordsFor(issue: z.core.$ZodRawIssue): string {
  return issue.input === undefined ? 'missing' : problemOf(issue);
}

function describe(issue: z.core.$ZodIssue): string {
  return isSentence(issue) ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}
