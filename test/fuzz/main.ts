import { parseArgs } from 'node:util';
import { textTable } from '../setup/text-table.ts';
import { runCollector } from './collector.ts';
import { allParsers } from './parsers.ts';
import { fuzz, type ParserReport } from './run.ts';

const USAGE = `npm run fuzz -- [--minutes N] [--seed N] [--only PARSER] [--messages N] [--json]

Gives every parser of outside bytes generated inputs for N minutes in all (10), and then sends N messages (100000), half of
them hostile, to a real worker over private services. Ends with 1 when a parser crashes, takes over a second or over 256 MB,
or when a message is lost. The same seed (1) makes the same inputs. --only tries one parser, or "collector";
--messages 0 leaves the worker out.
Inputs that fail are kept in test/fuzz/seeds and tried first from then on.
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    messages: { type: 'string', default: '100000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else process.exitCode = await main();

async function main(): Promise<number> {
  const { only, json } = values;
  const seed = Number(values.seed);
  const parsers = allParsers().filter(({ name }) => only === undefined || only === name);
  if (parsers.length === 0 && only !== 'collector') {
    process.stderr.write(`no parser ${only}: ${names().join(', ')}\n`);
    return 2;
  }
  const reports: ParserReport[] = [];
  for (const parser of parsers) {
    reports.push(await fuzz({ parser, seed, ms: (Number(values.minutes) * 60_000) / parsers.length }));
    process.stderr.write(`${parser.name}: done\n`);
  }
  if (reports.length > 0) process.stdout.write(json ? `${JSON.stringify(reports)}\n` : table(reports));
  const failed = reports.filter(({ failures }) => failures.length > 0).length;
  const messages = Number(values.messages);
  if ((only !== undefined && only !== 'collector') || messages === 0) return failed === 0 ? 0 : 1;
  const { problems, ...counts } = await runCollector({ seed, messages });
  process.stdout.write(`${JSON.stringify(counts)}\n`);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  return failed + problems.length === 0 ? 0 : 1;
}

function names(): string[] {
  return [...allParsers().map(({ name }) => name), 'collector'];
}

function table(reports: readonly ParserReport[]): string {
  const header = ['parser', 'inputs', 'accepted', 'refused', 'slowest ms', 'peak MB', 'failures'];
  const rows = reports.map((one) => [
    one.parser,
    one.inputs,
    one.accepted,
    one.refused,
    one.slowestMs,
    one.peakMb,
    one.failures.length,
  ]);
  const failures = reports.flatMap(({ parser, failures }) =>
    failures.map(
      ({ kind, batch, index, message, file }) =>
        `${parser}: ${kind} at batch ${batch}, input ${index}: ${message}\n  ${file}`,
    ),
  );
  return `${[textTable(header, rows), '', ...failures].join('\n').trimEnd()}\n`;
}
