import { gunzipSync } from 'node:zlib';

/** What a package for rpm says, read by the format alone. */
export interface ReadRpm {
  signature: Map<number, unknown>;
  header: Map<number, unknown>;
  /** The bytes that the digests of the signature are of. */
  headerBytes: Buffer;
  payload: Buffer;
  /** Paths, modes and contents of the payload. */
  files: { path: string; mode: number; data: Buffer }[];
}

const LEAD_BYTES = 96;

export function readRpm(rpm: Buffer): ReadRpm {
  const signature = readHeader(rpm, LEAD_BYTES);
  const from = Math.ceil(signature.end / 8) * 8;
  const header = readHeader(rpm, from);
  const payload = rpm.subarray(header.end);
  return {
    signature: signature.fields,
    header: header.fields,
    headerBytes: rpm.subarray(from, header.end),
    payload,
    files: readCpio(gunzipSync(payload)),
  };
}

function readHeader(rpm: Buffer, from: number): { fields: Map<number, unknown>; end: number } {
  if (rpm.subarray(from, from + 3).toString('hex') !== '8eade8') throw new Error(`no header at ${from}`);
  const [count, bytes] = [rpm.readUInt32BE(from + 8), rpm.readUInt32BE(from + 12)];
  const store = from + 16 + 16 * count;
  const fields = new Map<number, unknown>();
  for (let index = 0; index < count; index++) {
    const at = from + 16 + 16 * index;
    const [tag, type, offset, values] = [0, 4, 8, 12].map((field) => rpm.readUInt32BE(at + field));
    if (tag === undefined || type === undefined || offset === undefined || values === undefined)
      throw new Error(`no entry at ${at}`);
    fields.set(tag, readValue(rpm, { type, at: store + offset, count: values }));
  }
  return { fields, end: store + bytes };
}

function readValue(rpm: Buffer, { type, at, count }: { type: number; at: number; count: number }): unknown {
  const each = <T>(read: (index: number) => T) => Array.from({ length: count }, (_, index) => read(index));
  if (type === 3) return each((index) => rpm.readUInt16BE(at + 2 * index));
  if (type === 4) return each((index) => rpm.readUInt32BE(at + 4 * index));
  if (type === 7) return rpm.subarray(at, at + count);
  const texts = rpm.subarray(at).toString('latin1').split('\0', count);
  return type === 8 ? texts : texts[0];
}

function readCpio(archive: Buffer): ReadRpm['files'] {
  const files: ReadRpm['files'] = [];
  let at = 0;
  while (at < archive.length) {
    const field = (index: number) =>
      Number.parseInt(archive.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    const name = archive.toString('utf8', at + 110, at + 110 + nameSize - 1);
    const data = Math.ceil((at + 110 + nameSize) / 4) * 4;
    if (name === 'TRAILER!!!') return files;
    files.push({ path: name, mode, data: archive.subarray(data, data + size) });
    at = Math.ceil((data + size) / 4) * 4;
  }
  throw new Error('no trailer');
}
