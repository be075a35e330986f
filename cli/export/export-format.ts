import type { ComplianceItem, SweepReport } from '../../contract/sweep/item.ts';

export interface ExportOptions {
  /** The time of the export. */
  nowMs: number;
  /** The version of MIG that exports. */
  version: string;
}

/**
 * Writes a report and its items chunk by chunk, in memory that does not grow with the items. Items come grouped by endpoint.
 * No item may be kept longer than its endpoint, or than a row group.
 */
export type Export = (
  report: SweepReport,
  items: AsyncIterable<ComplianceItem>,
  options: ExportOptions,
) => AsyncIterable<Uint8Array | string>;

export interface ExportFormat {
  /** The word that names the format on a command line. */
  name: string;
  /** The ending of a file's name, without the dot. */
  ending: string;
  mediaType: string;
  /** One line of help. */
  help: string;
  /** Whether a terminal must not get it. */
  isBinary: boolean;
  write: Export;
}
