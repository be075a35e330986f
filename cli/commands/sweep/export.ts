import { countOf } from '../../../contract/text/count-of.ts';
import { VERSION } from '../../../contract/version.ts';
import { parseCommandLine, wrongWord } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { EXPORT_FORMATS } from '../../export/formats.ts';
import { writeExport } from '../../export/write-export.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { sweepItems } from '../../sweep/items.ts';
import { loadSweep } from '../../sweep/load-sweep.ts';

/** `mig sweep export <name> -format <format>`: writes all items, with the signed question, to a file or stdout. */
export async function exportSweepCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['sweep export'],
    flags: { format: 'string', o: 'string', overwrite: 'boolean' },
    words: [1, 1],
  });
  const format = requireFormat(given.value('format'));
  const session = await openSession(given.options);
  const { report } = await loadSweep(session, given.words[0] ?? '');
  const file = given.value('o');
  const count = await writeExport({
    format,
    report,
    items: sweepItems(session.api, { sweepId: report.id }),
    options: { nowMs: Date.now(), version: VERSION },
    file,
    mayOverwrite: given.isOn('overwrite'),
    stdout: process.stdout,
  });
  session.output.note(`${countOf(count, 'item')} written${file === undefined ? '' : ` to ${file}`}`);
  return EXIT.ok;
}

function requireFormat(name: string | undefined): (typeof EXPORT_FORMATS)[number] {
  const found = EXPORT_FORMATS.find((format) => format.name === name);
  if (found !== undefined) return found;
  throw wrongWord(
    '-format',
    name,
    EXPORT_FORMATS.map((format) => format.name),
  );
}
