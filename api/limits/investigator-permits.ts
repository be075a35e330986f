import { MigError } from '../../contract/errors.ts';
import { createDeferred, type Deferred } from '../../platform/async/deferred.ts';
import { withTimeout } from '../../platform/async/with-timeout.ts';

/** A semaphore per investigator, so that none can use up a resource that all need. */
export interface InvestigatorPermits {
  /** Waits for a permit; throws `overloaded` when none comes free in time. Call the returned function once to release it. */
  acquire(investigatorId: number): Promise<() => void>;
}

interface PermitOptions {
  /** Permits of each investigator. */
  max: number;
  /** The name of the permitted resources, for messages: `searches`. */
  resources: string;
  waitMs: number;
}

interface Usage {
  acquired: number;
  waiting: Deferred<void>[];
}

export function createInvestigatorPermits({ max, resources, waitMs }: PermitOptions): InvestigatorPermits {
  const byInvestigator = new Map<number, Usage>();

  const waitForRelease = async (investigatorId: number, usage: Usage) => {
    const released = createDeferred();
    usage.waiting.push(released);
    const refusal = `you have ${max} ${resources} open; close one and try again`;
    await withTimeout(waitMs, released.promise, refusal).catch((cause: unknown) => {
      const index = usage.waiting.indexOf(released);
      if (index !== -1) usage.waiting.splice(index, 1);
      else release(investigatorId, usage); // the permit came in the moment of the timeout
      throw new MigError('overloaded', refusal, { cause });
    });
  };
  const release = (investigatorId: number, usage: Usage) => {
    const next = usage.waiting.shift();
    if (next) return next.resolve(); // The next in line gets the permit.
    usage.acquired--;
    if (usage.acquired === 0) byInvestigator.delete(investigatorId);
  };

  return {
    async acquire(investigatorId) {
      const usage = byInvestigator.get(investigatorId) ?? { acquired: 0, waiting: [] };
      byInvestigator.set(investigatorId, usage);
      if (usage.acquired < max) usage.acquired++;
      else await waitForRelease(investigatorId, usage);
      return () => release(investigatorId, usage);
    },
  };
}
