import type { Guides } from './guide.ts';

const TRY_AGAIN = 'Wait for the seconds of Retry-After, and try again.';
const ADMINISTRATOR = 'Ask an administrator.';

/** The errors of every route of the API. */
export const API_ERRORS = {
  parameter_invalid: {
    status: 400,
    cause: 'A parameter is missing, wrong, given twice or unknown; the message names it.',
    next: 'Mend that parameter. The reference lists those that the route knows.',
  },
  unauthorized: {
    status: 401,
    cause:
      'There is no token, API key or session, or a bad one; or the permission that the message names is missing.',
    next: 'Check the clock, the key and that the investigator is active; ask an administrator for the permission.',
  },
  forbidden: {
    status: 403,
    cause:
      'The configuration disables it, the caller lacks a permission that would be granted, or may not sign this.',
    next: ADMINISTRATOR,
  },
  not_found: {
    status: 404,
    cause: 'There is no such record.',
    next: 'Check the id or the name by a search.',
  },
  conflict: {
    status: 409,
    cause:
      'It exists already, is final, is as ordered already, is the last administrator, or the Idempotency-Key was used. Or a signed document names another record than the request.',
    next: 'Read the record as it is now. Another order may have come first.',
  },
  sweep_unreadable: {
    status: 409,
    cause:
      'Another version stored this sweep, and the present one refuses its document; the message has the reason.',
    next: 'Create the sweep again. This one can still be paused and deleted.',
  },
  brakes_signed: {
    status: 403,
    cause:
      'The brakes would be looser than those that its signers agreed to in the inbox; the message names the part.',
    next: 'Give it brakes that are as tight. To loosen them, cancel the action and launch a new one through the inbox.',
  },
  body_too_large: {
    status: 413,
    cause: 'The body exceeds the limit of this route.',
    next: 'Send less at a time. The message has the limit.',
  },
  body_incomplete: {
    status: 400,
    cause: 'The connection ended before the body did.',
    next: 'Try again. If it goes on, look at the proxy in between.',
  },
  request_timeout: {
    status: 408,
    cause: 'The body did not arrive in time.',
    next: 'Try again on a faster connection.',
  },
  rate_limited: {
    status: 429,
    cause:
      'Too many bad tokens, keys or heartbeats came from this address, or an investigator has put too many actions into the inbox within a day.',
    next: 'Wait for the seconds of Retry-After, and try again. For the inbox, wait up to a day, or launch with mig -i.',
  },
  unavailable: {
    status: 503,
    cause: 'A service that the platform needs is away.',
    next: TRY_AGAIN,
  },
  overloaded: {
    status: 503,
    cause: 'Too many requests, searches or targets are in flight.',
    next: TRY_AGAIN,
  },
  internal: {
    status: 500,
    cause: 'A fault of the platform.',
    next: 'Give the operator the X-Request-Id of the answer: the log has the fault under it.',
  },
} as const satisfies Guides;
