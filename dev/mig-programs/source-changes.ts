/** A change of MIG's source without which a program of it cannot work when a modern Go builds it. */
export interface SourceChange {
  /** The file in MIG's source. */
  file: string;
  /** Text that the file has once. */
  from: string;
  to: string;
  because: string;
}

/** Every change of what is built. The sources themselves stay as they are. */
export const SOURCE_CHANGES: readonly SourceChange[] = [keepLastBytes('rbuf'), keepLastBytes('buftemp')];

function keepLastBytes(buffer: string): SourceChange {
  const read = `n, err := tr.Read(${buffer})\n`;
  return {
    file: 'manifest.go',
    from: read,
    to: `${read}\t\t\tif n > 0 {\n\t\t\t\terr = nil // the next read returns it again\n\t\t\t}\n`,
    because:
      'the last bytes of a file may arrive together with the end of file since Go 1.12, and this loop drops them, so that ' +
      'every hash of a manifest is wrong',
  };
}
