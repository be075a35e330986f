import type { Channel, Message } from 'amqplib';

/** The fields of a delivery's frame that matter here. */
interface Frame {
  id?: number;
  /** Only in the header frame: the size of the content that follows. */
  size?: number;
  fields?: object;
  content?: Buffer;
}

const HEADER_FRAME = 60;
const DROPPED_BYTES = Symbol('bytes of a message over the limit');
const NO_ROOM = Symbol('a message without room in memory');

interface MessageLimits {
  maxBytes: number;
  /** Whether a message of this size fits in memory now. */
  hasRoomFor?: (bytes: number) => boolean;
}

/**
 * Keeps messages over `maxBytes`, and those without room, out of memory: the frames of their content are dropped as
 * they come, and the message is delivered empty. RabbitMQ lets 128 MB through, and a hostile relay any size.
 */
export function limitMessages(channel: Channel, { maxBytes, hasRoomFor = () => true }: MessageLimits): void {
  const inner = channel as unknown as { accept(frame: Frame): void };
  const accept = inner.accept.bind(channel);
  let bytesToDrop = 0;
  const acceptEmpty = (frame: Frame, size: number, mark: object) => {
    bytesToDrop = size;
    accept({ ...frame, size: 0, fields: { ...frame.fields, ...mark } });
  };
  inner.accept = (frame) => {
    const { id, size, content } = frame;
    const isHeader = id === HEADER_FRAME && size !== undefined;
    if (isHeader && size > maxBytes) acceptEmpty(frame, size, { [DROPPED_BYTES]: size });
    else if (isHeader && !hasRoomFor(size)) acceptEmpty(frame, size, { [NO_ROOM]: true });
    else if (bytesToDrop > 0 && content !== undefined) bytesToDrop -= content.length;
    else accept(frame);
  };
}

/** The size of the message as sent, also when its content was dropped. */
export function messageBytes(message: Message): number {
  const { [DROPPED_BYTES]: dropped } = message.properties as { [DROPPED_BYTES]?: number };
  return dropped ?? message.content.length;
}

/** The content was dropped for lack of room: the message must go back to its queue. */
export function mustRequeue(message: Message): boolean {
  return NO_ROOM in message.properties;
}
