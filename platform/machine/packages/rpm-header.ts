import type { InstalledPackage } from './installed-package.ts';

const TAGS = { name: 1000, version: 1001, release: 1002, epoch: 1003, arch: 1022 } as const;
const TYPE_INT32 = 4;
const TYPE_STRING = 6;
const PREFIX_BYTES = 8;
const ENTRY_BYTES = 16;
/** What rpm prints for a tag that a package lacks. */
const NONE = '(none)';

/**
 * Reads a package from the beginning of its header: two counts, an index of tags, and their values
 * (spec/modules/pkg.md#rpm-headers). Returns undefined for what is no package.
 */
export function parseRpmHeader(header: Buffer): InstalledPackage | undefined {
  if (header.length < PREFIX_BYTES) return undefined;
  const entries = header.readUInt32BE(0);
  const values = PREFIX_BYTES + entries * ENTRY_BYTES;
  if (values > header.length) return undefined;
  const found = findTags(header, { entries, values });
  const [name, version, release] = [found.get(TAGS.name), found.get(TAGS.version), found.get(TAGS.release)];
  if (!name || !version || !release) return undefined;
  const epoch = found.get(TAGS.epoch);
  return {
    name,
    version: `${epoch === undefined ? '' : `${epoch}:`}${version}-${release}`,
    type: 'rpm',
    arch: found.get(TAGS.arch) ?? NONE,
  };
}

const WANTED = new Set<number>(Object.values(TAGS));

function findTags(
  header: Buffer,
  { entries, values }: { entries: number; values: number },
): Map<number, string> {
  const found = new Map<number, string>();
  for (let index = 0; index < entries; index++) {
    const at = PREFIX_BYTES + index * ENTRY_BYTES;
    const tag = header.readUInt32BE(at);
    if (!WANTED.has(tag)) continue;
    const value = readValue(header, {
      type: header.readUInt32BE(at + 4),
      at: values + header.readUInt32BE(at + 8),
    });
    if (value !== undefined) found.set(tag, value);
  }
  return found;
}

function readValue(header: Buffer, { type, at }: { type: number; at: number }): string | undefined {
  if (type === TYPE_INT32) return at + 4 <= header.length ? String(header.readUInt32BE(at)) : undefined;
  if (type !== TYPE_STRING) return undefined;
  const end = header.indexOf(0, at);
  return end === -1 ? undefined : header.toString('utf8', at, end);
}
