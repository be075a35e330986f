/** The length of a message without extensions (RFC 5905, section 7.3). */
const PACKET_BYTES = 48;
/** Leap indicator 0, version 3, mode 3: a client. */
const CLIENT_REQUEST = 0x1b;
const SERVER_MODE = 4;
const TRANSMIT_TIME = 40;

export function ntpRequest(): Buffer {
  const request = Buffer.alloc(PACKET_BYTES);
  request[0] = CLIENT_REQUEST;
  return request;
}

/** Returns the time at which the server sent its answer, in Unix nanoseconds. Throws for what is no answer with a time. */
export function parseNtpAnswer(answer: Buffer): bigint {
  if (answer.length < PACKET_BYTES) throw new Error(`an answer of ${answer.length} bytes is too short`);
  const [first = 0, stratum = 0] = answer;
  if ((first & 7) !== SERVER_MODE) throw new Error('the answer is not that of a server');
  if (stratum === 0) throw new Error(`the server refuses: ${refusalCode(answer)}`);
  const seconds = answer.readUInt32BE(TRANSMIT_TIME);
  const fraction = answer.readUInt32BE(TRANSMIT_TIME + 4);
  if (seconds === 0 || fraction === 0) throw new Error('the answer has no time');
  return unixNanoseconds(seconds, fraction);
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
