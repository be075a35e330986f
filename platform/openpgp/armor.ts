import { MigError } from '../../contract/errors.ts';

/**
 * The signature packet of MIG's signature string: the armor's base64 body and its checksum on one line, `wsBc…==5tVR`
 * (spec/action.md#signature-string). Some tools omit the checksum, `=` and four characters.
 */
export function decodeSignature(text: string): Uint8Array {
  const compact = text.replace(/\s+/g, '');
  const body = compact.replace(/=[A-Za-z0-9+/]{4}$/, '');
  if (body === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(body)) {
    throw new MigError('signature_malformed', 'pgpsignatures: not a base64 PGP signature');
  }
  return Buffer.from(body, 'base64');
}

/** Adds the checksum that MIG's Go programs need to find the end of the body. */
export function withChecksum(base64: string): string {
  return `${base64}=${crc24(Buffer.from(base64, 'base64'))}`;
}

/** CRC-24 of RFC 4880 section 6.1, as base64. */
function crc24(bytes: Uint8Array): string {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) {
      crc <<= 1;
      if (crc & 0x1000000) crc ^= 0x1864cfb;
    }
  }
  return Buffer.from([(crc >> 16) & 0xff, (crc >> 8) & 0xff, crc & 0xff]).toString('base64');
}
