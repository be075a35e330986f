import { readNumber, runScript, usage } from '../../platform/program/command-line.ts';
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

await runScript(
  {
    usage: USAGE,
    options: {
      minutes: { type: 'string' },
      seed: { type: 'string' },
      only: { type: 'string' },
      messages: { type: 'string' },
      json: { type: 'boolean' },
    },
  },
  ({ only, json = false, ...values }) => {
    if (only !== undefined && !names().includes(only))
      throw usage(`no parser ${only}; there are ${names().join(', ')}`);
    return main({
      only,
      json,
      minutes: readNumber('--minutes', values.minutes, {
        byDefault: 10,
        min: 0,
        max: 100_000,
        isWhole: false,
      }),
      seed: readNumber('--seed', values.seed, { byDefault: 1, min: 0, max: 2 ** 31 }),
      messages: readNumber('--messages', values.messages, { byDefault: 100_000, min: 0, max: 100_000_000 }),
    });
  },
);

interface Wanted {
  only: string | undefined;
  json: boolean;
  minutes: number;
  seed: number;
  messages: number;
}

async function main({ only, json, minutes, seed, messages }: Wanted): Promise<number> {
  const parsers = allParsers().filter(({ name }) => only === undefined || only === name);
  const reports: ParserReport[] = [];
  for (const parser of parsers) {
    reports.push(await fuzz({ parser, seed, ms: (minutes * 60_000) / parsers.length }));
    process.stderr.write(`${parser.name}: done\n`);
  }
  if (reports.length > 0) process.stdout.write(json ? `${JSON.stringify(reports)}\n` : table(reports));
  const failed = reports.filter(({ failures }) => failures.length > 0).length;
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
