import { MigError } from '../../contract/errors.ts';

interface ServiceSetting {
  service: 'PostgreSQL' | 'RabbitMQ' | 'Temporal';
  address: string;
  /** The setting that contains the address. */
  setting: string;
}

/** The meaning of Node's codes of a failed connection. */
export const NETWORK_ERRORS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'no such host'],
  ['EAI_AGAIN', 'no such host, or no name server'],
  ['ETIMEDOUT', 'no answer'],
  ['EHOSTUNREACH', 'no route to it'],
  ['ENETUNREACH', 'no route to it'],
]);
/** Messages of client libraries that have no code. */
const MESSAGES: readonly (readonly [RegExp, string])[] = [
  [/connection refused/i, 'nothing listens there'],
  [/time(d )?out|deadline/i, 'no answer'],
  [/reset|closed|terminated/i, 'what listens there ended the connection'],
];
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Explains why a service cannot be used, for a reader who can start it or correct its setting. */
export function unreachable({ service, address, setting }: ServiceSetting, cause: unknown): MigError {
  const refusal = refusalOf(cause)?.replace(/\.+$/, '');
  const text =
    refusal === undefined
      ? `${service} cannot be reached at ${address}: ${whyUnreachable(cause)}; start it there, or correct ${setting}`
      : `${service} at ${address} refuses: ${refusal}; correct ${setting}`;
  return new MigError('unavailable', text, { cause });
}

/** The host and port of a URL, without its secrets. */
export function addressOf(url: string, defaultPort: number): string {
  const { hostname, port, searchParams } = new URL(url);
  return searchParams.get('host') ?? `${hostname || 'localhost'}:${port || defaultPort}`;
}

/** The reason that a reachable service gave: PostgreSQL with a SQLSTATE, Temporal with details. */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, details } = error as Error & { code?: unknown; details?: unknown };
  if (typeof details === 'string' && details !== '') return details;
  const isSqlState = typeof code === 'string' && SQLSTATE.test(code) && !NETWORK_ERRORS.has(code);
  return isSqlState ? error.message : undefined;
}

function whyUnreachable(error: unknown): string {
  if (error instanceof AggregateError) return whyUnreachable(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : NETWORK_ERRORS.get(code);
  if (reason !== undefined) return reason;
  return MESSAGES.find(([pattern]) => pattern.test(error.message))?.[1] ?? error.message;
}
