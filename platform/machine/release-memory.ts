/** Bun's garbage collector; Node has no equivalent. */
interface Runtime {
  gc(isSynchronous: boolean): void;
  shrink(): void;
}

/** Collects garbage and returns free memory to the system, within a few milliseconds. The runtime would keep it. */
export function releaseMemory(): void {
  const runtime = (globalThis as { Bun?: Runtime }).Bun;
  runtime?.gc(true);
  runtime?.shrink();
}
