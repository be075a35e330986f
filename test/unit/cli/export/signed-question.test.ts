import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { XmlDocument } from 'libxml2-wasm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonLines } from '../../../../cli/export/json-lines.ts';
import { parquet } from '../../../../cli/export/parquet.ts';
import { sarif } from '../../../../cli/export/sarif.ts';
import { xccdf } from '../../../../cli/export/xccdf.ts';
import type { SweepReport } from '../../../../contract/sweep/item.ts';
import { complianceItem, exported, sweepReport } from '../../../setup/compliance-items.ts';
import { defined } from '../../../setup/defined.ts';
import { type GnupgHome, openGnupgHome } from '../../../setup/gnupg.ts';

/** With line ends, controls and characters that formats must not change. */
const DOCUMENT = '{\r\n\t"name": "n\u00e4chtlich \u2028\u007f\ufffe",\n "target": "a < \'b\' && ]]>"\r}\n';
let home: GnupgHome;
let report: SweepReport;

beforeAll(() => {
  home = openGnupgHome();
  const fingerprint = home.newKey('John Doe <john@example.net>', 'ed25519', { usage: 'sign,cert' });
  const file = join(home.folder, 'document');
  writeFileSync(file, DOCUMENT);
  const signing = ['--armor', '--local-user', fingerprint, '--output', '-', '--detach-sign', file];
  const signature = home.gpg(...signing).toString();
  report = sweepReport({ document: DOCUMENT, signatures: [signature] });
});
afterAll(() => home[Symbol.dispose]());

test.each(['jsonl', 'parquet', 'sarif', 'xccdf'])(
  'gpg verifies the signed document of %s',
  async (format) => {
    const { document, signature } = await questionOf(format);
    const [text, armored] = [join(home.folder, `${format}.txt`), join(home.folder, `${format}.asc`)];
    writeFileSync(text, document);
    writeFileSync(armored, signature);
    expect(() => home.gpg('--verify', armored, text)).not.toThrow();
    writeFileSync(text, `${document} `);
    expect(() => home.gpg('--verify', armored, text)).toThrow(/BAD signature/);
  },
);

/** The document and its signature, as docs/exports.md says where they are. */
async function questionOf(format: string): Promise<{ document: string; signature: string }> {
  const given = { report, items: [complianceItem()] };
  if (format === 'jsonl') {
    const [head = ''] = (await exported(jsonLines, given)).toString().split('\n');
    return firstOf(JSON.parse(head).report);
  }
  if (format === 'sarif')
    return firstOf(JSON.parse((await exported(sarif, given)).toString()).runs[0].properties);
  if (format === 'parquet') {
    const { key_value_metadata = [] } = parquetMetadata(
      new Uint8Array(await exported(parquet, given)).buffer,
    );
    return firstOf(JSON.parse(defined(key_value_metadata.find(({ key }) => key === 'mig.report')?.value)));
  }
  const benchmark = XmlDocument.fromBuffer(await exported(xccdf, given));
  const textOf = (id: string) => defined(benchmark.get(`//*[@id="${id}"]`)).content;
  const base64 = textOf('signed-document-base64');
  const question = { document: Buffer.from(base64, 'base64').toString(), signature: textOf('signature-1') };
  benchmark.dispose();
  return question;
}

function firstOf({ document, signatures }: SweepReport): { document: string; signature: string } {
  return { document, signature: defined(signatures[0]) };
}
