import { MigError } from '../../contract/errors.ts';
import { NETWORK_ERRORS } from '../network/unreachable.ts';

/** SQLSTATE classes: Postgres refuses the login, or the database does not exist. */
const POSTGRES_SETTING = /^(28|3D)/;

interface SystemError extends NodeJS.ErrnoException {
  port?: number;
  address?: string;
  hostname?: string;
}

/** Explains an error that its reader can fix in one sentence. Returns undefined for a defect of ours. */
export function explainError(error: unknown): string | undefined {
  if (error instanceof MigError) return error.message;
  if (!(error instanceof Error)) return undefined;
  const { code, path, syscall } = error as SystemError;
  if (code === undefined) return undefined;
  if (error instanceof AggregateError) return explainError(error.errors[0]);
  if (code === 'ENOSPC') return `the disk is full${forPath(path)}: make room and try again`;
  if (code === 'EACCES' && syscall !== 'listen') return `no permission${forPath(path)}`;
  if (code === 'ENOENT' && path !== undefined) return `${path} does not exist`;
  if (syscall === 'listen') {
    const reason = code === 'EADDRINUSE' ? 'the port is taken' : code;
    return `cannot listen on ${endpointOf(error)}: ${reason}`;
  }
  const reason = NETWORK_ERRORS.get(code);
  if (reason !== undefined) return `cannot connect to ${endpointOf(error)}: ${reason}`;
  return POSTGRES_SETTING.test(code) ? `PostgreSQL refuses: ${error.message}` : undefined;
}

function forPath(path: string | undefined): string {
  return path === undefined ? '' : ` for ${path}`;
}

function endpointOf({ address, hostname, port }: SystemError): string {
  return [address ?? hostname, port].filter((part) => part !== undefined).join(':');
}
