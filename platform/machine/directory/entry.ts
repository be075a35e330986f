import type { Path } from './system-path.ts';

/** The type of an entry as its directory records it; some file systems record none. */
export type Kind = 'file' | 'directory' | 'link' | 'other' | 'unknown';

export interface Entry {
  name: Path;
  kind: Kind;
}
