import { readFileSync } from 'node:fs';
import { MigError } from '../../contract/errors.ts';
import { compareEvr } from '../../modules/scribe/evr.ts';
import { parseDocument } from '../../modules/scribe/load-document.ts';
import type { Parser } from './parser.ts';
import { problemIn } from './problem-in.ts';

const EXAMPLE = new URL('../../docs/examples/openssh-policy.yaml', import.meta.url);
const MAX_TEXT_BYTES = 64 * 1024;
const VERSIONS = ['2:7.2-1\n1:9.9-1', '1.0.1e-30.el6\n1.0.1e-16.el6_5.4', '1.0~rc1\n1.0'];

/** What an investigator writes, and the versions that an endpoint's owner does. */
export function policyParsers(): Parser[] {
  const yaml = readFileSync(EXAMPLE);
  const json = Buffer.from(JSON.stringify(parseDocument(yaml.toString())));
  return [
    { name: 'policy', corpus: [yaml, json], maxBytes: MAX_TEXT_BYTES, parse: checkPolicy },
    {
      name: 'versions',
      corpus: VERSIONS.map((text) => Buffer.from(text)),
      maxBytes: MAX_TEXT_BYTES,
      parse(input) {
        const [one = '', other = ''] = input.toString().split('\n');
        return compareEvr(one, other);
      },
    },
  ];
}

function checkPolicy(input: Buffer, progress: () => void): void {
  const problem = problemIn('scribe', { scribedoc: readPolicy(input) }, progress);
  if (problem !== undefined) throw new MigError('parameters_invalid', problem);
}

function readPolicy(input: Buffer): unknown {
  try {
    return parseDocument(input.toString());
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new MigError('usage', cause.message, { cause });
    throw cause;
  }
}
