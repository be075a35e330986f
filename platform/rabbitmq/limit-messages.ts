import type { Channel, Message } from 'amqplib';

/** The frames that make up a delivery, as far as they matter here. */
interface Frame {
  id?: number;
  /** Of the header frame: how many bytes of content will follow. */
  size?: number;
  fields?: object;
  content?: Buffer;
}

const HEADER_FRAME = 60;
const REFUSED_BYTES = Symbol('bytes of a message that was over the limit');
const POSTPONED = Symbol('a message for which there was no room');

/**
 * Keeps messages over `maxBytes`, and those that `mayTake` has no room for, out of memory: the frames of their content are
 * dropped as they come, and the message is delivered empty. RabbitMQ lets 128 MB through, and a hostile relay whatever it
 * likes.
 */
export function limitMessages(
  channel: Channel,
  { maxBytes, mayTake = () => true }: { maxBytes: number; mayTake?: (bytes: number) => boolean },
): void {
  const inner = channel as unknown as { accept(frame: Frame): void };
  const accept = inner.accept.bind(channel);
  let toDrop = 0;
  inner.accept = (frame) => {
    if (frame.id === HEADER_FRAME && frame.size !== undefined && frame.size > maxBytes) {
      toDrop = frame.size;
      accept({ ...frame, size: 0, fields: { ...frame.fields, [REFUSED_BYTES]: frame.size } });
    } else if (frame.id === HEADER_FRAME && frame.size !== undefined && !mayTake(frame.size)) {
      toDrop = frame.size;
      accept({ ...frame, size: 0, fields: { ...frame.fields, [POSTPONED]: true } });
    } else if (toDrop > 0 && frame.content !== undefined) toDrop -= frame.content.length;
    else accept(frame);
  };
}

/** How large the message was, also when its content was dropped. */
export function messageBytes(message: Message): number {
  const { [REFUSED_BYTES]: refused } = message.properties as { [REFUSED_BYTES]?: number };
  return refused ?? message.content.length;
}

/** Whether there was no room for the message: its content was dropped, and it must be given back. */
export function isPostponed(message: Message): boolean {
  return POSTPONED in message.properties;
}
