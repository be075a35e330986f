/** The largest body that each edge accepts. */
export const MAX_COMMAND_BYTES = 1024 * 1024;
export const MAX_RESULT_BYTES = 4 * 1024 * 1024;
export const MAX_HEARTBEAT_BYTES = 100 * 1024;
export const MAX_CANCEL_BYTES = 32 * 1024;
export const MAX_CLOCK_BYTES = 1024;
export const MAX_ACTION_BYTES = 512 * 1024;

/** The longest armored detached signature, in characters. */
export const MAX_SIGNATURE_LENGTH = 16_384;

/** The longest time that a message may wait in the relay: AMQP counts it in 32 bits. */
export const MAX_EXPIRATION_MS = 2 ** 32 - 1;

/** AMQP's limit for the name of a queue and for a routing key. */
export const MAX_QUEUE_NAME_BYTES = 255;
