import type { ConfirmChannel } from 'amqplib';
import { MigError } from '../../contract/errors.ts';

interface Frame {
  id?: number;
}

/** `basic.ack` or `basic.nack`: for one message, or for all up to it. */
interface ConfirmFrame extends Frame {
  fields: { deliveryTag: number };
}

/** amqplib's state of unconfirmed messages, which is missing in its types. */
interface ConfirmState {
  accept(frame: Frame): void;
  /** Low-water mark: the delivery tag of the first unconfirmed message. */
  lwm: number;
  unconfirmed: readonly unknown[];
}

const BASIC_ACK = 3_932_240;
const BASIC_NACK = 3_932_280;

/**
 * Accepts confirms of messages in flight only: amqplib makes room for every delivery tag up to the confirmed one, and
 * walks all of it when the channel ends.
 */
export function limitConfirms(channel: ConfirmChannel): void {
  const state = channel as unknown as ConfirmState;
  const accept = state.accept.bind(channel);
  let isBroken = false;
  state.accept = (frame) => {
    if (!isConfirm(frame)) return accept(frame);
    if (isBroken) return;
    const index = frame.fields.deliveryTag - state.lwm;
    if (index >= 0 && index < state.unconfirmed.length) return accept(frame);
    isBroken = true;
    channel.emit('error', new MigError('unavailable', 'the relay confirmed a message that was never sent'));
  };
}

function isConfirm(frame: Frame): frame is ConfirmFrame {
  return frame.id === BASIC_ACK || frame.id === BASIC_NACK;
}
