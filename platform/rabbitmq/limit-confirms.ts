import type { ConfirmChannel } from 'amqplib';
import { MigError } from '../../contract/errors.ts';

interface Frame {
  id?: number;
}

/** The relay's word for one message, or for all up to it. */
interface Confirm extends Frame {
  fields: { deliveryTag: number };
}

/** What amqplib knows of the messages that wait for the relay's word; its types do not say so. */
interface Confirming {
  accept(frame: Frame): void;
  /** The number of the first one. */
  lwm: number;
  unconfirmed: readonly unknown[];
}

/** The two frames with the relay's word. */
const CONFIRMS: ReadonlySet<number | undefined> = new Set([3_932_240, 3_932_280]);

/**
 * Takes the relay's word for messages that were sent, and for no others: amqplib makes room for every number up to the one
 * that it is told, and goes through all of it when the channel ends.
 */
export function limitConfirms(channel: ConfirmChannel): void {
  const inner = channel as unknown as Confirming;
  const accept = inner.accept.bind(channel);
  let isBroken = false;
  inner.accept = (frame) => {
    if (!isConfirm(frame)) return accept(frame);
    if (isBroken) return;
    const place = frame.fields.deliveryTag - inner.lwm;
    if (place >= 0 && place < inner.unconfirmed.length) return accept(frame);
    isBroken = true;
    channel.emit('error', new MigError('unavailable', 'the relay confirms what was never sent'));
  };
}

function isConfirm(frame: Frame): frame is Confirm {
  return CONFIRMS.has(frame.id);
}
