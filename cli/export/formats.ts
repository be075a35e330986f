import { csv } from './csv.ts';
import type { ExportFormat } from './export-format.ts';
import { jsonLines } from './json-lines.ts';
import { ocsf } from './ocsf.ts';
import { parquet } from './parquet.ts';
import { sarif } from './sarif.ts';
import { xccdf } from './xccdf.ts';

/** The one list of the formats; docs/exports.md describes each. */
export const EXPORT_FORMATS: readonly ExportFormat[] = [
  {
    name: 'jsonl',
    ending: 'jsonl',
    mediaType: 'application/jsonl',
    help: 'JSON lines: the report with the signed question, then one item a line',
    isBinary: false,
    write: jsonLines,
  },
  {
    name: 'csv',
    ending: 'csv',
    mediaType: 'text/csv; charset=utf-8; header=present',
    help: 'CSV (RFC 4180), safe to open in a spreadsheet: one item a line',
    isBinary: false,
    write: csv,
  },
  {
    name: 'parquet',
    ending: 'parquet',
    mediaType: 'application/vnd.apache.parquet',
    help: 'Apache Parquet: one item a row, the report in the metadata of the file',
    isBinary: true,
    write: parquet,
  },
  {
    name: 'ocsf',
    ending: 'ocsf.jsonl',
    mediaType: 'application/jsonl',
    help: 'OCSF 1.8 Compliance Findings: one event a line',
    isBinary: false,
    write: ocsf,
  },
  {
    name: 'xccdf',
    ending: 'xccdf.xml',
    mediaType: 'application/xml',
    help: 'XCCDF 1.2: a benchmark with a TestResult for each endpoint',
    isBinary: false,
    write: xccdf,
  },
  {
    name: 'sarif',
    ending: 'sarif',
    mediaType: 'application/sarif+json',
    help: 'SARIF 2.1.0: one run, a rule for each check, a result for each item',
    isBinary: false,
    write: sarif,
  },
];
