import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';

/** What to do about the refusals of the API that are about investigators. */
const NEXT_STEPS: readonly (readonly [RegExp, string])[] = [
  [/you cannot grant what you lack/, 'whoever has these permissions can grant them, to you or in your place'],
  [
    /will not remove last admin/,
    'first make another investigator an administrator: mig investigators permissions <investigator> -add PermAdmin',
  ],
  [/with key .* exists already/, 'mig investigators key <investigator> -renew <file> renews a key'],
  [/this investigator has no key/, 'mig investigators create -key <file>, then disable this one'],
];

/** Throws the error again, with the next step where the API does not say it. */
export function explainRefusal(error: unknown): never {
  const step = NEXT_STEPS.find(([pattern]) => pattern.test(errorMessage(error)))?.[1];
  if (step === undefined) throw error;
  throw new MigError(errorCode(error), `${errorMessage(error)}; ${step}`, { cause: error });
}
