interface PausableStream {
  pause(): unknown;
  resume(): unknown;
}

const WINDOW_MS = 100;
/** Messages in one window: more than any module sends that works. */
const MAX_MESSAGES = 500;

/**
 * Stops reading a stream for the rest of a tenth of a second after 500 messages: a module that floods its agent waits, and
 * the agent goes on with its own work.
 */
export function limitFlow(stream: PausableStream, now = () => performance.now()): { count(): void } {
  let windowStartMs = now();
  let messages = 0;
  return {
    count() {
      const elapsedMs = now() - windowStartMs;
      if (elapsedMs >= WINDOW_MS) {
        windowStartMs = now();
        messages = 0;
      }
      messages++;
      if (messages !== MAX_MESSAGES) return;
      stream.pause();
      setTimeout(() => stream.resume(), Math.max(1, WINDOW_MS - elapsedMs));
    },
  };
}
