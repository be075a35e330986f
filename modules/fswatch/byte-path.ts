/** A path with one character for each byte: names of files may be any bytes, and paths are compared and joined as text. */
export type BytePath = string;

export function fromText(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function fromBytes(bytes: Buffer): BytePath {
  return bytes.toString('latin1');
}

export function toBytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

/** The form for people: bytes that are not UTF-8 become U+FFFD. */
export function toText(path: BytePath): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}

export function parentOf(path: BytePath): BytePath {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

export function childOf(folder: BytePath, name: BytePath): BytePath {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

export function isBelow(path: BytePath, folder: BytePath): boolean {
  return path.startsWith(folder === '/' ? '/' : `${folder}/`);
}
