import { printable, printableJson } from '../../contract/text/printable.ts';
import { wholeParameters } from './lines.ts';
import type { ReportEntry } from './read.ts';

const EMPTY = 'This agent has received no command yet.';

// Each function prints the report in pieces: long parameters are expanded for one entry at a time.

/** The report for a terminal. No text in it, signed or not, can control the terminal or hide another line. */
export function* printText(entries: readonly ReportEntry[]): Generator<string> {
  if (entries.length === 0) yield `${EMPTY}\n`;
  for (const [index, entry] of entries.entries()) {
    yield `${index === 0 ? '' : '\n'}${linesOf(entry).map(printable).join('\n')}\n`;
  }
}

/** The report for programs: an array of entries. */
export function* printReportJson(entries: readonly ReportEntry[]): Generator<string> {
  yield '[';
  for (const [index, entry] of entries.entries()) {
    const operations = entry.operations?.map((one) => ({
      module: one.module,
      parameters: wholeParameters(one),
    }));
    const text = printableJson(JSON.stringify(operations ? { ...entry, operations } : entry, null, 2));
    yield `${index === 0 ? '\n' : ',\n'}${text.replace(/^/gm, '  ')}`;
  }
  yield entries.length === 0 ? ']\n' : '\n]\n';
}

function linesOf(entry: ReportEntry): string[] {
  return [
    `${entry.time}  ${headline(entry)}`,
    ...(entry.signers ?? []).map(({ name, fingerprint }) => `  signed by  ${name} (${fingerprint})`),
    ...(entry.operations ?? []).map(
      (operation) => `  ran        ${operation.module} ${JSON.stringify(wholeParameters(operation))}`,
    ),
    ...answerLines(entry).map((line) => `  answered   ${line}`),
    ...(entry.reason === undefined ? [] : [`  because    ${entry.reason}`]),
  ];
}

function headline({ verdict, command, action, modules }: ReportEntry): string {
  const name = action === undefined ? '' : ` "${action.name}" (action ${action.id})`;
  const which = command === undefined ? '' : `, command ${command}`;
  const wanted = modules === undefined ? '' : `, asking for ${modules.join(', ')}`;
  return `${verdict}${name}${which}${wanted}`;
}

function answerLines({ answers = [], status, answeredAt }: ReportEntry): string[] {
  return answers.map(({ module, foundAnything, bytes, errors }) => {
    const what = foundAnything ? `match, ${bytes} bytes of names and facts` : 'no match';
    const problems = errors.length === 0 ? '' : `; errors: ${errors.join('; ')}`;
    return `${module}: ${what}${problems} (${status}, ${answeredAt})`;
  });
}

/** The report as one self-contained page. */
export function* printHtml(
  entries: readonly ReportEntry[],
  { hostname }: { hostname: string },
): Generator<string> {
  yield `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>What mig-agent did on ${escapeHtml(hostname)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .4rem .8rem; border-bottom: 1px solid #ddd }
code { font-size: .8rem; overflow-wrap: anywhere } .refused td:nth-child(2) { color: #a00 } .answered td:nth-child(2) { color: #060 }
</style></head><body>
<h1>What mig-agent did on ${escapeHtml(hostname)}</h1>
<p>Every command that this machine received: who signed it, what it asked, and what kind of answer left the machine. Answers
name matches; the content of files and memory never leaves.</p>
`;
  if (entries.length === 0) yield `<p>${EMPTY}</p>`;
  else yield* tableOf(entries);
  yield `
</body></html>
`;
}

function* tableOf(entries: readonly ReportEntry[]): Generator<string> {
  yield '<table><thead><tr><th>When</th><th>What became of it</th><th>Action, command</th><th>Signed by</th><th>Asked</th><th>Answered</th></tr></thead><tbody>\n';
  for (const entry of entries) {
    yield `<tr class="${entry.verdict.replaceAll(' ', '-')}">
<td><time>${escapeHtml(entry.time)}</time></td>
<td>${escapeHtml(entry.verdict)}</td>
<td>${escapeHtml(entry.action?.name ?? '')}<br><small>${entry.command ?? ''}</small></td>
<td>${(entry.signers ?? []).map(({ name, fingerprint }) => `${escapeHtml(name)}<br><code>${escapeHtml(fingerprint)}</code>`).join('<br>')}</td>
<td>${operationsHtml(entry)}</td>
<td>${[...answerLines(entry), entry.reason ?? ''].map(escapeHtml).join('<br>')}</td>
</tr>
`;
  }
  yield '</tbody></table>';
}

function operationsHtml({ operations = [], modules = [] }: ReportEntry): string {
  const asked = operations.map(
    (operation) =>
      `${escapeHtml(operation.module)}<br><code>${escapeHtml(JSON.stringify(wholeParameters(operation)))}</code>`,
  );
  return [...asked, ...modules.map(escapeHtml)].join('<br>');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
