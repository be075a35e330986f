import { readNumber, runScript, usage } from '../platform/program/command-line.ts';
import { benchAgentFlood } from './agent-flood.ts';
import { benchAgentIdle } from './agent-idle.ts';
import { benchAgentLatency } from './agent-latency.ts';
import { benchApi } from './api/bench-api.ts';
import { benchFanout } from './fanout.ts';
import { benchFile } from './file.ts';
import { benchFlood } from './flood.ts';
import { benchHarm } from './harm.ts';
import { benchHeartbeats } from './heartbeats.ts';
import { benchIdle } from './idle.ts';
import { drawPlots } from './measure/plots.ts';
import type { BenchValues } from './measure/values.ts';
import { benchMixed } from './mixed.ts';
import { benchModules } from './modules.ts';
import { benchRoundtrip } from './roundtrip.ts';
import { benchStart } from './start.ts';
import { benchSweep } from './sweep.ts';
import { benchUpgrade } from './upgrade.ts';

interface Bench {
  /** False when what it measured misses an aim. */
  run: (values: BenchValues) => Promise<unknown>;
  options?: readonly (keyof BenchValues)[];
}

const BENCHES: Record<string, Bench> = {
  roundtrip: { run: benchRoundtrip },
  api: { run: benchApi, options: ['agents', 'runs', 'only', 'against', 'quick'] },
  fanout: { run: benchFanout, options: ['agents', 'runs'] },
  flood: { run: benchFlood },
  heartbeats: { run: benchHeartbeats },
  idle: { run: benchIdle },
  mixed: { run: benchMixed },
  file: { run: benchFile, options: ['only', 'mig'] },
  modules: { run: benchModules, options: ['only', 'mig', 'runs'] },
  agent: { run: benchAgentLatency },
  'agent-idle': { run: benchAgentIdle },
  'agent-flood': { run: benchAgentFlood, options: ['seconds'] },
  harm: { run: benchHarm },
  start: { run: benchStart, options: ['runs'] },
  sweep: { run: benchSweep, options: ['agents'] },
  upgrade: { run: benchUpgrade, options: ['agents'] },
  plots: { run: drawPlots },
};
const NAMES = Object.keys(BENCHES).join(', ');
const MAX_VALUES = { agents: 200_000, runs: 1_000, seconds: 86_400 };

const USAGE = `npm run bench -- NAME [--agents N] [--runs N] [--seconds N] [--only TEXT] [--mig FILE] [--against FOLDER] [--quick]

Measures on private services and prints JSON lines; the last run of each stays in bench/results.

  NAME   ${NAMES}

${Object.entries(BENCHES)
  .flatMap(([name, { options }]) =>
    options ? [`  ${name} takes ${options.map((one) => `--${one}`).join(', ')}`] : [],
  )
  .join('\n')}
`;

await runScript(
  {
    usage: USAGE,
    words: 2,
    options: {
      agents: { type: 'string' },
      runs: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      mig: { type: 'string' },
      against: { type: 'string' },
      quick: { type: 'boolean' },
    },
  },
  async (values, [name, word]) => {
    if (name === undefined) throw usage(`which bench? There are ${NAMES}`);
    const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
    if (bench === undefined) throw usage(`no bench ${name}; there are ${NAMES}`);
    // `npm run bench -- file sha256` is short for --only sha256.
    if (word !== undefined && values.only !== undefined) throw usage(`unknown argument: ${word}`);
    const given = readValues(name, bench, word === undefined ? values : { ...values, only: word });
    return (await bench.run(given)) === false ? 1 : 0;
  },
);

function readValues(
  name: string,
  { options = [] }: Bench,
  given: Partial<Record<keyof BenchValues, string | boolean | undefined>>,
): BenchValues {
  const values: BenchValues = {};
  for (const [key, value] of Object.entries(given) as [keyof BenchValues, string | boolean | undefined][]) {
    if (value === undefined) continue;
    const text = String(value);
    if (!options.includes(key)) throw usage(`${name} does not accept ${key === 'only' ? text : `--${key}`}`);
    if (key === 'quick') values.quick = true;
    else if (key === 'only' || key === 'mig' || key === 'against') values[key] = text;
    else values[key] = readNumber(`--${key}`, text, { byDefault: 0, min: 1, max: MAX_VALUES[key] });
  }
  return values;
}
