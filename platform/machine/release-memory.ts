/** Of Bun, the runtime of the compiled executable. Node offers nothing like it. */
interface Runtime {
  gc(isSynchronous: boolean): void;
  shrink(): void;
}

/** Collects garbage and gives memory back to the system, which the runtime would keep. Takes some milliseconds. */
export function releaseMemory(): void {
  const runtime = (globalThis as { Bun?: Runtime }).Bun;
  runtime?.gc(true);
  runtime?.shrink();
}
