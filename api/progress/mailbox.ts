import { createDeferred, type Deferred } from '../../platform/async/deferred.ts';

/** A slot for one value and one reader. A newer value replaces an unread one. */
export interface Mailbox<T> {
  put(value: T): void;
  /** Empties the mailbox. */
  take(): T | undefined;
  close(): void;
  isClosed(): boolean;
  /** Waits until there is a value or the mailbox is closed, for `timeoutMs` at most. */
  wait(timeoutMs: number): Promise<void>;
}

export function createMailbox<T>(): Mailbox<T> {
  let content: { value: T } | undefined;
  let isClosed = false;
  let waiting: Deferred<void> | undefined;
  return {
    put(value) {
      content = { value };
      waiting?.resolve();
    },
    take() {
      const taken = content?.value;
      content = undefined;
      return taken;
    },
    close() {
      isClosed = true;
      waiting?.resolve();
    },
    isClosed: () => isClosed,
    async wait(timeoutMs) {
      if (content || isClosed) return;
      waiting = createDeferred();
      const timer = setTimeout(waiting.resolve, timeoutMs);
      await waiting.promise;
      clearTimeout(timer);
    },
  };
}
