import { resolve } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { parseCommandLine, requireOneOf } from '../command-line.ts';
import { convertChecks, FORMATS, type Format } from '../convert/convert-checks.ts';
import { countReasons, type Share } from '../convert/count-reasons.ts';
import { writeChecks } from '../convert/write-checks.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { openOutput } from '../open-output.ts';
import type { GlobalOptions } from '../options.ts';

const FLAGS = { o: 'string', product: 'string', profile: 'string' } as const;
const DEFAULT_PRODUCT = 'debian12';

/**
 * `mig convert <format> <input> -o <folder>`: writes rules of another program as checks of compliance, and prints how many
 * it translated. Needs neither a server nor a key.
 */
export async function sweepConvertCommand(args: readonly string[]): Promise<number> {
  const { options, format, input, folder, product, profile } = parseConvertFlags(args);
  const output = openOutput();
  const checks = convertChecks({
    format,
    input: resolve(input),
    product: product ?? DEFAULT_PRODUCT,
    profile,
  });
  writeChecks(resolve(folder), checks);
  const share = countReasons(checks);
  if (options.json) output.json(JSON.stringify(share));
  else for (const line of shareLines(share)) output.answer(line);
  return EXIT.ok;
}

interface ConvertFlags {
  options: GlobalOptions;
  format: Format;
  input: string;
  folder: string;
  product: string | undefined;
  profile: string | undefined;
}

function parseConvertFlags(args: readonly string[]): ConvertFlags {
  const { options, words, value } = parseCommandLine(args, {
    usage: USAGES.convert,
    flags: FLAGS,
    allowed: ['json'],
    words: [2, 2],
  });
  const [name = '', input = ''] = words;
  const format = requireOneOf('the format', name, FORMATS);
  const folder = value('o');
  if (folder === undefined)
    throw new MigError('usage', `-o is needed: the folder to write into; ${USAGES.convert}`);
  const product = value('product');
  const profile = value('profile');
  if (format === 'wazuh-sca' && (product ?? profile) !== undefined)
    throw new MigError(
      'usage',
      '--product and --profile are of compliance-as-code; a policy of Wazuh has neither',
    );
  return { options, format, input, folder, product, profile };
}

function shareLines({ checks, translated, withoutlevel, reasons }: Share): string[] {
  const percent = Math.round((translated / checks) * 100);
  const lines = [`translated ${translated} of ${checks} checks (${percent} %)`];
  if (withoutlevel > 0)
    lines.push(
      `without a level: ${withoutlevel} of ${countOf(checks, 'check')}, as in the input; threat.level in a file sets one`,
    );
  if (reasons.length > 0) lines.push('not translated, and written with the reason:');
  return [...lines, ...reasons.map(({ reason, checks: count }) => `${String(count).padStart(6)}  ${reason}`)];
}
