import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The socket on which a running persistent module answers queries (spec/agent.md#folders). */
export function persistentSocket(runDir: string, module: string): string {
  return join(runDir, `persist-${module}.sock`);
}

/** For a process that is not the agent itself: the socket as the agent would name it, if there is one. */
export function existingSocket(runDir: string, module: string): string | undefined {
  const path = persistentSocket(runDir, module);
  return existsSync(path) ? `unix:${path}` : undefined;
}
