/** The length of a message without extensions (RFC 5905, section 7.3). */
const PACKET_BYTES = 48;
/** Leap indicator 0, version 3, mode 3: a client. */
const CLIENT_REQUEST = 0x1b;
const SERVER_MODE = 4;
const ORIGINATE_TIME = 24;
const TRANSMIT_TIME = 40;
/** The leap indicator of a clock that is not set, and the first stratum without a source (RFC 5905, section 7.3). */
const LEAP_UNKNOWN = 3;
const STRATUM_UNSYNCHRONIZED = 16;

/** The bytes of a time in a packet, and so of a nonce. */
export const TIME_BYTES = 8;

/** A request whose transmit time is `nonce`. Random bytes reveal no clock, and who does not see them cannot answer. */
export function ntpRequest(nonce: Buffer): Buffer {
  const request = Buffer.alloc(PACKET_BYTES);
  request[0] = CLIENT_REQUEST;
  nonce.copy(request, TRANSMIT_TIME);
  return request;
}

/**
 * Returns the time at which the server sent its answer, in Unix nanoseconds; undefined for a datagram that does not answer
 * the request of `nonce`. Throws for an answer without a time that counts.
 */
export function parseNtpAnswer(answer: Buffer, nonce: Buffer): bigint | undefined {
  if (!isAnswerTo(nonce, answer)) return undefined;
  const [first = 0, stratum = 0] = answer;
  if (stratum === 0) throw new Error(`the server refuses: ${refusalCode(answer)}`);
  if (first >> 6 === LEAP_UNKNOWN) throw new Error('the server is not synchronized: leap indicator 3');
  if (stratum >= STRATUM_UNSYNCHRONIZED)
    throw new Error(`the server is not synchronized: stratum ${stratum}`);
  const seconds = answer.readUInt32BE(TRANSMIT_TIME);
  const fraction = answer.readUInt32BE(TRANSMIT_TIME + 4);
  if (seconds === 0 || fraction === 0) throw new Error('the answer has no time');
  return unixNanoseconds(seconds, fraction);
}

/** A server copies the transmit time of a request to the originate time of its answer. */
function isAnswerTo(nonce: Buffer, datagram: Buffer): boolean {
  if (datagram.length < PACKET_BYTES || (datagram.readUInt8(0) & 7) !== SERVER_MODE) return false;
  return datagram.subarray(ORIGINATE_TIME, ORIGINATE_TIME + TIME_BYTES).equals(nonce);
}

/** Four letters such as RATE: stop, or ask less often (RFC 5905, section 7.4). */
function refusalCode(answer: Buffer): string {
  return JSON.stringify(answer.toString('latin1', 12, 16).replace(/\0+$/, ''));
}

/** From 1900-01-01 to 1970-01-01. */
const EPOCH_SECONDS = 2_208_988_800n;
const ERA_SECONDS = 2n ** 32n;
const TOP_BIT = 2 ** 31;

/** The seconds begin again in 2036; those without the highest bit are of the time after (RFC 4330, section 3). */
function unixNanoseconds(seconds: number, fraction: number): bigint {
  const era = seconds >= TOP_BIT ? 0n : ERA_SECONDS;
  const nanoseconds = (BigInt(fraction) * 1_000_000_000n) >> 32n;
  return (BigInt(seconds) + era - EPOCH_SECONDS) * 1_000_000_000n + nanoseconds;
}
