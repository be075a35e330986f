import { goErrno } from '../../contract/go/errno.ts';

/** How a probe ended. */
export type Outcome =
  | { type: 'answered'; ms: number }
  | { type: 'timeout' }
  | { type: 'refused' }
  | { type: 'failed'; why: string };

/** A probe of one protocol. It must end within `timeoutMs`. */
export type Probe = (options: { sequence: number; timeoutMs: number }) => Promise<Outcome>;

export function outcomeOfError(error: unknown): Outcome {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return { type: 'refused' };
  if (code === 'ETIMEDOUT') return { type: 'timeout' };
  return { type: 'failed', why: goErrno(error) };
}
