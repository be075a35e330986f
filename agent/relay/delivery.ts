import { errorMessage } from '../../contract/errors.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_RESULTS } from '../../contract/names.ts';
import type { Publisher } from '../../platform/rabbitmq/publish.ts';
import type { HandlerDeps } from '../command/deps.ts';

export const DELIVER_AGAIN_MS = 5_000;

type Deps = Pick<HandlerDeps, 'journal' | 'log'>;

/** One attempt to deliver an answer, with the timer of the next one. */
interface Attempt {
  timer?: NodeJS.Timeout;
}

/**
 * Returns a function that sends a stored answer until the relay confirms it. A failed attempt is repeated after a while: a
 * connection may break silently, and a relay may refuse messages for a time. Only the latest attempt for each answer is
 * repeated, so that frequent reconnections do not multiply the attempts.
 */
export function createDelivery(
  deps: Deps,
  publisher: () => Publisher | undefined,
): (commandId: number) => void {
  const { journal } = deps;
  const latest = new Map<number, Attempt>();
  const deliver = (commandId: number) => {
    clearTimeout(latest.get(commandId)?.timer);
    const attempt: Attempt = {};
    latest.set(commandId, attempt);
    void sendAnswer(commandId, { ...deps, publisher: publisher() }).then((isDone) => {
      if (latest.get(commandId) !== attempt) return;
      if (isDone || !journal.isUnconfirmed(commandId)) latest.delete(commandId);
      else attempt.timer = setTimeout(() => deliver(commandId), DELIVER_AGAIN_MS).unref();
    });
  };
  return deliver;
}

/** Never throws. False when the answer must be sent again; without a connection the next one sends it. */
async function sendAnswer(
  commandId: number,
  { journal, log, publisher }: Deps & { publisher: Publisher | undefined },
): Promise<boolean> {
  try {
    const body = journal.answer(commandId);
    if (body === undefined || publisher === undefined) return true;
    const outcome = await publisher.publish({
      exchange: EXCHANGE_TO_SCHEDULERS,
      routingKey: QUEUE_RESULTS,
      body,
    });
    if (outcome === 'confirmed') journal.recordConfirmed(commandId);
    else log.warn({ commandId, outcome }, 'answer not stored by the relay');
    return outcome === 'confirmed';
  } catch (error) {
    log.warn({ commandId, error: errorMessage(error) }, 'answer not delivered yet');
    return false;
  }
}
