import type { ErrorCode } from '../errors.ts';
import { ACTION_ERRORS } from './action.ts';
import { AGENT_ERRORS } from './agent.ts';
import { API_ERRORS } from './api.ts';
import type { Guide } from './guide.ts';
import { COLLECTOR_ERRORS, PROGRAM_ERRORS } from './others.ts';

/** Every error. `docs/errors.md` and the reference of the API are made from it. */
export const ERROR_GUIDE: Record<ErrorCode, Guide> = {
  ...API_ERRORS,
  ...ACTION_ERRORS,
  ...AGENT_ERRORS,
  ...COLLECTOR_ERRORS,
  ...PROGRAM_ERRORS,
};
