import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Waits until a child has ended and closed its output. Returns null for a child ended by a signal. */
export async function exitStatus(child: ChildProcess): Promise<number | null> {
  const [status] = await once(child, 'close');
  return status;
}
