import { MigError } from '../../contract/errors.ts';

/** Lets work in while there is room for it, and refuses the rest by name. */
export interface LoadLimit {
  run<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * At most `atOnce` pieces of work are in hand, and `waiting` more wait for their turn: a line that grows without end
 * would take memory and everybody's patience.
 */
export function createLoadLimit({ atOnce, waiting }: { atOnce: number; waiting: number }): LoadLimit {
  let inHand = 0;
  const line: (() => void)[] = [];
  return {
    async run(work) {
      if (inHand >= atOnce) {
        if (line.length >= waiting) {
          throw new MigError('overloaded', `${inHand + line.length} requests are in hand; try again`);
        }
        await new Promise<void>((resolve) => line.push(resolve));
      } else {
        inHand++;
      }
      try {
        return await work();
      } finally {
        const next = line.shift();
        if (next) next();
        else inHand--;
      }
    },
  };
}
