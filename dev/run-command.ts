import { SetupError } from './setup-error.ts';

/** Runs a development command: one clear sentence for what the person can mend, a stack for what we must. */
export async function runCommand(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const known = error instanceof SetupError ? error.message : explain(error);
    process.stderr.write(`${known ?? (error instanceof Error ? error.stack : String(error))}\n`);
    process.exitCode = 1;
  }
}

function explain(error: unknown): string | undefined {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC')
    return `the disk is full${path ? ` (${path})` : ''}: make room and run the command again`;
  if (code === 'EACCES') return `no permission for ${path}: use MIG_HOME to put the stack elsewhere`;
  return undefined;
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
