/** What MIG sends, so that a person who watches the network recognises it. */
const PAYLOAD = Buffer.from('Ping!Ping!Ping!'.repeat(3));
const HEADER_BYTES = 8;
const TYPES = { IPv4: { request: 8, reply: 0 }, IPv6: { request: 128, reply: 129 } };

export interface Echo {
  isIPv6: boolean;
  id: number;
  sequence: number;
}

/** An ICMP echo request (RFC 792, RFC 4443). The kernel itself fills in the checksum of IPv6. */
export function echoRequest({ isIPv6, id, sequence }: Echo): Buffer {
  const packet = Buffer.alloc(HEADER_BYTES + PAYLOAD.length);
  packet[0] = TYPES[isIPv6 ? 'IPv6' : 'IPv4'].request;
  packet.writeUInt16BE(id, 4);
  packet.writeUInt16BE(sequence, 6);
  PAYLOAD.copy(packet, HEADER_BYTES);
  if (!isIPv6) packet.writeUInt16BE(checksum(packet), 2);
  return packet;
}

/** Whether a packet replies to this request. Without an id, the kernel has compared it. */
export function isReplyTo(
  packet: Buffer,
  { isIPv6, id, sequence }: Omit<Echo, 'id'> & { id?: number },
): boolean {
  const message = isIPv6 ? packet : withoutIpHeader(packet);
  return (
    message.length >= HEADER_BYTES &&
    message[0] === TYPES[isIPv6 ? 'IPv6' : 'IPv4'].reply &&
    message[1] === 0 &&
    (id === undefined || message.readUInt16BE(4) === id) &&
    message.readUInt16BE(6) === sequence &&
    message.subarray(HEADER_BYTES).equals(PAYLOAD)
  );
}

/** A raw socket returns packets with their header. No type of ICMP that counts here begins with a 4. */
function withoutIpHeader(packet: Buffer): Buffer {
  const [first = 0] = packet;
  return first >> 4 === 4 ? packet.subarray((first & 0x0f) * 4) : packet;
}

/** The internet checksum: the complement of the sum of all 16-bit words (RFC 1071). */
function checksum(packet: Buffer): number {
  let sum = 0;
  for (const [index, byte] of packet.entries()) sum += index % 2 === 0 ? byte << 8 : byte;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
