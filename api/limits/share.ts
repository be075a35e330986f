import { MigError } from '../../contract/errors.ts';

/** A semaphore per investigator, so that one cannot take what all need. */
export interface Share {
  /** Takes a permit; throws `overloaded` when none comes free in time. Call the returned function once to give it back. */
  take(investigatorId: number): Promise<() => void>;
}

interface Held {
  count: number;
  /** Each is called with the permit of somebody who gives it back. */
  waiting: (() => void)[];
}

export function createShare({ max, of, waitMs }: { max: number; of: string; waitMs: number }): Share {
  const byInvestigator = new Map<number, Held>();

  const giveBack = (id: number, held: Held) => {
    const next = held.waiting.shift();
    if (next) return next();
    held.count--;
    if (held.count === 0) byInvestigator.delete(id);
  };
  const waitForPermit = (held: Held) =>
    new Promise<void>((resolve, reject) => {
      const go = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        held.waiting.splice(held.waiting.indexOf(go), 1);
        reject(new MigError('overloaded', `you have ${max} ${of} open; close one and try again`));
      }, waitMs);
      held.waiting.push(go);
    });

  return {
    async take(id) {
      const held = byInvestigator.get(id) ?? { count: 0, waiting: [] };
      byInvestigator.set(id, held);
      if (held.count < max) held.count++;
      else await waitForPermit(held);
      return () => giveBack(id, held);
    },
  };
}
