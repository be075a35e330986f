import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROUTES_BY_CHAPTER } from '../../contract/api/all-routes.ts';
import { runScript, usage } from '../../platform/program/command-line.ts';
import { report } from '../terminal.ts';
import { normalizeExample } from './normalize-example.ts';

const TARGET = join(import.meta.dirname, '../../api/reference/examples.json');

const USAGE = `npx tsx dev/docs/record-examples.ts --folder DIR

Renews the examples of answers in the description of the API from those that tests of the services got, if they ran with
MIG_EXAMPLES_FOLDER=DIR. Routes without one keep theirs.
`;

/** Returns the number of routes that have an example. */
function renewExamples(folder: string): number {
  const examples: Record<string, unknown> = JSON.parse(readFileSync(TARGET, 'utf8'));
  const files = readdirSync(folder);
  const renewed = Object.values(ROUTES_BY_CHAPTER)
    .flatMap((chapter) => Object.keys(chapter))
    .map((name): [string, unknown] => [name, richest(folder, files, name) ?? examples[name]])
    .filter(([, example]) => example !== undefined);
  writeFileSync(TARGET, `${JSON.stringify(Object.fromEntries(renewed), undefined, 2)}\n`);
  return renewed.length;
}

/** The longest of the small answers of a route, normalized: an empty list shows little. */
function richest(folder: string, files: readonly string[], name: string): unknown {
  const sizeOf = (file: string) => Number(/-(\d+)\.json$/.exec(file)?.[1]);
  const [file] = files
    .filter((one) => one.startsWith(`${name}.`))
    .sort((a, b) => rank(a) - rank(b) || sizeOf(b) - sizeOf(a));
  if (file === undefined) return undefined;
  return normalizeExample(JSON.parse(readFileSync(join(folder, file), 'utf8')).body);
}

function rank(file: string): number {
  return file.includes('.small-') ? 0 : 1;
}

await runScript({ usage: USAGE, options: { folder: { type: 'string' } } }, async ({ folder }) => {
  if (folder === undefined) throw usage('--folder: is missing');
  report(`${renewExamples(folder)} examples`);
  return 0;
});
