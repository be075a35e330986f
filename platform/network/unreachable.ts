import { MigError } from '../../contract/errors.ts';

/** A service that a setting names. */
interface Place {
  service: 'PostgreSQL' | 'RabbitMQ' | 'Temporal';
  address: string;
  setting: string;
}

/** What is said to whoever can start the service or correct the setting: where it was looked for, and why in vain. */
export function unreachable({ service, address, setting }: Place, cause: unknown): MigError {
  const answer = answerOf(cause)?.replace(/\.+$/, '');
  const text =
    answer === undefined
      ? `${service} cannot be reached at ${address}: ${whyUnreachable(cause)}; start it there, or correct ${setting}`
      : `${service} at ${address} refuses: ${answer}; correct ${setting}`;
  return new MigError('unavailable', text, { cause });
}

/** Where a URL points, without its secrets. */
export function addressOf(url: string, defaultPort: number): string {
  const { hostname, port, searchParams } = new URL(url);
  return searchParams.get('host') ?? `${hostname || 'localhost'}:${port || defaultPort}`;
}

/** What each of Node's codes of a connection that failed means. */
export const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no such host, or no name server',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
};
/** The libraries of the services have no codes for it. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/connection refused/i, 'nothing listens there'],
  [/time(d )?out|deadline/i, 'no answer'],
  [/reset|closed|terminated/i, 'what listens there ended the connection'],
];

/** What a service that can be reached says itself: PostgreSQL with a SQLSTATE, Temporal with details. */
function answerOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, details } = error as Error & { code?: unknown; details?: unknown };
  if (typeof details === 'string' && details !== '') return details;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !Object.hasOwn(NETWORK, code)
    ? error.message
    : undefined;
}

function whyUnreachable(error: unknown): string {
  if (error instanceof AggregateError) return whyUnreachable(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && Object.hasOwn(NETWORK, code)) return NETWORK[code] ?? code;
  return WORDS.find(([pattern]) => pattern.test(error.message))?.[1] ?? error.message;
}
