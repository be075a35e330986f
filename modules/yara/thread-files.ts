interface ThreadFiles {
  /** The thread, as a program in JavaScript. */
  thread: string | URL;
  /** The engine, as WebAssembly. Without it the thread finds the one of its package. */
  engine?: string;
}

declare global {
  var MIG_SCAN_THREAD: ThreadFiles | undefined;
}

/** A program in one file has no sources beside it, so it names what it contains: `dev/build/build-agent.ts`, `cli/mig.js`. */
export function findThreadFiles(): ThreadFiles {
  return globalThis.MIG_SCAN_THREAD ?? { thread: new URL('./scan-thread.js', import.meta.url) };
}
