import { errorMessage } from '../../contract/errors.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_RESULTS } from '../../contract/names.ts';
import type { Publisher } from '../../platform/rabbitmq/publish.ts';
import type { HandlerDeps } from '../command/deps.ts';

export const DELIVER_AGAIN_MS = 5_000;

/**
 * Sends stored answers. An answer stays on disk until the relay confirmed it without returning it: one that failed is
 * tried again, for the connection may have broken without a word, or the relay may take nothing for a while. The last
 * attempt of each alone is followed by another: a connection that is lost again and again must not multiply them.
 */
export function createDelivery(
  { journal, log }: Pick<HandlerDeps, 'journal' | 'log'>,
  publisher: () => Publisher | undefined,
): (commandId: number) => void {
  /** The last attempts, with the timer of the next one. */
  const latest = new Map<number, { timer?: NodeJS.Timeout }>();
  const attempt = async (commandId: number): Promise<boolean> => {
    try {
      const body = journal.answer(commandId);
      if (body === undefined) return true;
      const outcome = await publisher()?.publish({
        exchange: EXCHANGE_TO_SCHEDULERS,
        routingKey: QUEUE_RESULTS,
        body,
      });
      if (outcome === 'confirmed') journal.confirmed(commandId);
      else if (outcome !== undefined) log.warn({ commandId, outcome }, 'answer not stored by the relay');
      // Without a relay nobody waits: the next connection sends whatever is unconfirmed.
      return outcome === 'confirmed' || outcome === undefined;
    } catch (error) {
      log.warn({ commandId, error: errorMessage(error) }, 'answer not delivered yet');
      return false;
    }
  };
  const deliver = (commandId: number) => {
    clearTimeout(latest.get(commandId)?.timer);
    const own: { timer?: NodeJS.Timeout } = {};
    latest.set(commandId, own);
    void attempt(commandId).then((isDone) => {
      if (latest.get(commandId) !== own) return;
      if (isDone || !journal.isUnconfirmed(commandId)) latest.delete(commandId);
      else own.timer = setTimeout(() => deliver(commandId), DELIVER_AGAIN_MS).unref();
    });
  };
  return deliver;
}
