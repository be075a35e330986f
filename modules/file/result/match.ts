/** One match as MIG writes it; `file` is empty when nothing matched. */
export interface Match {
  file: string;
  search: Record<string, unknown>;
  fileinfo: { size: number; mode: string; lastmodified: string; sha256?: string };
}

export const NO_FILE_INFO = { size: 0, mode: '', lastmodified: '' };
