/** The alerts that wait for the module that sends them off the host. */
export interface AlertFeed {
  /** False when too many wait. */
  add(message: string): boolean;
  /** Sends what waits, as far as the module reads. */
  pump(): void;
  /** The alerts that were not sent. */
  rest(): string[];
}

/** MIG's feed. */
const MAX_WAITING = 128;

/** `send` returns false when nothing more should be sent until `pump` is called. */
export function createAlertFeed(send: (message: string) => boolean): AlertFeed {
  const waiting: string[] = [];
  let isBlocked = false;
  const pump = () => {
    isBlocked = false;
    while (!isBlocked) {
      const next = waiting.shift();
      if (next === undefined) return;
      isBlocked = !send(next);
    }
  };
  return {
    pump,
    add(message) {
      if (waiting.length >= MAX_WAITING) return false;
      waiting.push(message);
      if (!isBlocked) pump();
      return true;
    },
    rest: () => waiting.splice(0),
  };
}
