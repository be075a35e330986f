/** One match as MIG writes it; `file` is empty when nothing matched. */
export interface Match {
  file: string;
  search: Record<string, unknown>;
  fileinfo: { size: number; mode: string; lastmodified: string; sha256?: string };
  /** Ours: how many files matched, in place of the files, for a search that only counts. */
  count?: number;
}

export const NO_FILE_INFO = { size: 0, mode: '', lastmodified: '' };
