import { MigError } from '../contract/errors.ts';
import { NETWORK } from './network/unreachable.ts';

/**
 * Runs a service, whose settings are all in its environment. What its administrator can mend is one sentence on stderr and
 * status 1; what we must mend keeps its stack.
 */
export async function runProgram(name: string, run: () => Promise<void>): Promise<void> {
  const [word] = process.argv.slice(2);
  try {
    if (word !== undefined) throw new MigError('usage', `takes no arguments, so not ${word}: ${WHERE}`);
    await run();
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${name}: ${sentenceOf(error) ?? stack}\n`);
    // Half of it may have started, and would keep the process.
    process.exit(word === undefined ? 1 : 2);
  }
}

const WHERE = 'its settings are environment variables (docs/configuration.md)';

/** Postgres refuses a login, or the database is not there. */
const POSTGRES_SETTING = /^(28|3D)/;

/** The error in words for whoever can mend it without reading our code; undefined when that is us. */
export function sentenceOf(error: unknown): string | undefined {
  if (error instanceof MigError) return error.message;
  if (!(error instanceof Error)) return undefined;
  const { code, path, port, address, hostname, syscall } = error as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
    hostname?: string;
  };
  if (code === undefined) return undefined;
  if (error instanceof AggregateError) return sentenceOf(error.errors[0]);
  if (code === 'ENOSPC') return `the disk is full${at(path)}: make room and try again`;
  if (code === 'EACCES' && syscall !== 'listen') return `no permission${at(path)}`;
  if (code === 'ENOENT' && path !== undefined) return `${path} does not exist`;
  const where = [address ?? hostname, port].filter((part) => part !== undefined).join(':');
  if (syscall === 'listen')
    return `cannot listen on ${where}: ${code === 'EADDRINUSE' ? 'the port is taken' : code}`;
  if (Object.hasOwn(NETWORK, code)) return `cannot connect to ${where}: ${NETWORK[code]}`;
  return POSTGRES_SETTING.test(code) ? `PostgreSQL refuses: ${error.message}` : undefined;
}

function at(path: string | undefined): string {
  return path === undefined ? '' : ` for ${path}`;
}
