/** What the executable's runtime offers; under Node there is none of it. */
interface Runtime {
  gc(isSynchronous: boolean): void;
  shrink(): void;
}

/**
 * Collects garbage now and gives the memory back to the machine: left alone, the runtime keeps what it once needed.
 * Takes some milliseconds.
 */
export function releaseMemory(): void {
  const runtime = (globalThis as { Bun?: Runtime }).Bun;
  runtime?.gc(true);
  runtime?.shrink();
}
