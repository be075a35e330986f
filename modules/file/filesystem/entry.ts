import type { Path } from './paths.ts';

/** What a folder says of an entry; some file systems say nothing. */
export type Kind = 'file' | 'folder' | 'link' | 'other' | 'unknown';

export interface Entry {
  name: Path;
  kind: Kind;
}
