import type { ArchiveOptions } from './entry.ts';

const MAGIC = '!<arch>\n';
/** Members begin at even places. */
const PADDING = '\n';
const FILE_MODE = '100644';

/** Writes an archive of the kind that a .deb is (deb(5)). The order of its members counts. */
export function writeAr(
  members: readonly { name: string; data: Buffer }[],
  { timeS }: ArchiveOptions,
): Buffer {
  const parts = members.flatMap(({ name, data }) => {
    if (name.length > 15) throw new Error(`too long for a member of an archive: ${name}`);
    const fields: [text: string, width: number][] = [
      [name, 16],
      [String(timeS), 12],
      ['0', 6],
      ['0', 6],
      [FILE_MODE, 8],
      [String(data.length), 10],
    ];
    const header = `${fields.map(([text, width]) => text.padEnd(width)).join('')}\`\n`;
    return [Buffer.from(header), data, Buffer.from(data.length % 2 === 1 ? PADDING : '')];
  });
  return Buffer.concat([Buffer.from(MAGIC), ...parts]);
}
