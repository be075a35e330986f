import { MigError } from '../../contract/errors.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import type { ComplianceItem, SweepReport } from '../../contract/sweep/item.ts';
import type { ExportOptions } from './export-format.ts';
import { webUrl } from './web-url.ts';
import { DOCUMENT_ID, xccdfId } from './xccdf-ids.ts';
import { xccdfCheck, xccdfSeverity, xccdfTestResult } from './xccdf-test-result.ts';
import { xmlText } from './xml-text.ts';

/** A Benchmark of XCCDF 1.2 with a Rule for each check, and a TestResult for each endpoint. */
export async function* xccdf(
  report: SweepReport,
  items: AsyncIterable<ComplianceItem>,
  options: ExportOptions,
): AsyncGenerator<string> {
  yield head(report, options);
  for (const check of report.checks) yield rule(check);
  const checks = new Set(report.checks.map(({ id }) => id));
  let count = 0;
  for await (const endpoint of byEndpoint(items, checks)) {
    count++;
    yield xccdfTestResult(endpoint, { report, options, number: count });
  }
  yield '</Benchmark>\n';
}

function head(report: SweepReport, { nowMs, version }: ExportOptions): string {
  const day = timestampFromMillis(nowMs).slice(0, 10);
  return `<?xml version="1.0" encoding="UTF-8"?>
<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2" xml:lang="en"
  id="${xccdfId('benchmark', String(report.id))}" resolved="true">
<status date="${day}">accepted</status>
<title>${xmlText(report.name)}</title>
<description>${xmlText(description(report, version))}</description>
${[...plainTexts(report)].map(([id, text]) => `<plain-text id="${id}">${xmlText(text)}</plain-text>`).join('\n')}
<version>${report.id}</version>
<metadata><dc:source xmlns:dc="http://purl.org/dc/elements/1.1/">MIG ${xmlText(version)}</dc:source></metadata>
`;
}

function description({ target, run }: SweepReport, version: string): string {
  const about =
    run === null
      ? 'No run has ended'
      : `Last run: ${run.id}, ${run.state}, ${run.answered} of ${run.targeted} answered`;
  return `A sweep of MIG ${version}. Target: ${target}. ${about}.`;
}

/** The signed question. Base64 keeps each byte of it: XML changes line ends, and cannot hold every character. */
function* plainTexts({ document, signatures, signers }: SweepReport): Generator<[id: string, text: string]> {
  yield [DOCUMENT_ID, Buffer.from(document).toString('base64')];
  for (const [index, signature] of signatures.entries()) yield [`signature-${index + 1}`, signature];
  for (const [index, { name, fingerprint }] of signers.entries())
    yield [`signer-${index + 1}`, `${name} (${fingerprint})`];
}

function rule(check: SweepReport['checks'][number]): string {
  const url = webUrl(check.url);
  const href = url === undefined ? '' : ` href="${xmlText(url)}"`;
  const ident = `<ident system="urn:mig:reference">${xmlText(check.reference)}</ident>\n`;
  return `<Rule id="${xccdfId('rule', check.id)}" selected="true" severity="${xccdfSeverity(check.level)}">
<title>${xmlText(check.title)}</title>
<description>${xmlText(check.expected)}</description>
<reference${href}>${xmlText(check.url)}</reference>
${check.reference === '' ? '' : ident}${xccdfCheck(check.id)}</Rule>
`;
}

/** Collects the items of one endpoint at a time; no endpoint has more than the document has checks. */
async function* byEndpoint(
  items: AsyncIterable<ComplianceItem>,
  checks: ReadonlySet<string>,
): AsyncGenerator<[ComplianceItem, ...ComplianceItem[]]> {
  let endpoint: [ComplianceItem, ...ComplianceItem[]] | undefined;
  for await (const item of items) {
    // The schema demands a Rule for each result.
    if (!checks.has(item.check)) throw unknownCheck(item.check);
    const [first] = endpoint ?? [];
    const isSame = first?.queueloc === item.queueloc && first.agent === item.agent;
    if (endpoint !== undefined && isSame && endpoint.length < checks.size) {
      endpoint.push(item);
      continue;
    }
    if (endpoint !== undefined) yield endpoint;
    endpoint = [item];
  }
  if (endpoint !== undefined) yield endpoint;
}

function unknownCheck(check: string): MigError {
  return new MigError(
    'unavailable',
    `the API answered with check ${JSON.stringify(check)}, which the signed document lacks`,
  );
}
