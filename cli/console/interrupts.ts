/** Ctrl-C while an order runs. */
export interface Interrupts {
  /** Aborts when Ctrl-C stops what runs now. */
  readonly signal: AbortSignal;
  /** Forgets a Ctrl-C, for what comes next. */
  renew(): void;
  /** Runs what must not be stopped half-way; Ctrl-C then only prints the note. */
  shield<T>(note: string, work: () => Promise<T>): Promise<T>;
}

export interface InterruptHandler extends Interrupts {
  interrupt(): void;
}

export function createInterrupts(print: (line: string) => void): InterruptHandler {
  let controller = new AbortController();
  let shielding: string | undefined;
  return {
    get signal() {
      return controller.signal;
    },
    renew() {
      controller = new AbortController();
    },
    async shield(note, work) {
      shielding = note;
      try {
        return await work();
      } finally {
        shielding = undefined;
      }
    },
    interrupt() {
      if (shielding === undefined) controller.abort();
      else print(shielding);
    },
  };
}
