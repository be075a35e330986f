import { benchAgent, benchAgentIdle } from './agent.ts';
import { benchFanout } from './fanout.ts';
import { benchFile } from './file.ts';
import { benchHarm } from './harm.ts';
import { benchRoundtrip } from './roundtrip.ts';

// `npm run bench -- <name>`: prints JSON lines; the last run of each stays in bench/results.
const BENCHES: Record<string, () => Promise<void>> = {
  roundtrip: benchRoundtrip,
  fanout: benchFanout,
  file: benchFile,
  agent: benchAgent,
  'agent-idle': benchAgentIdle,
  harm: benchHarm,
};

const name = process.argv[2] ?? '';
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (bench) await bench();
else {
  process.stderr.write(`usage: npm run bench -- <${Object.keys(BENCHES).join('|')}>\n`);
  process.exitCode = 2;
}
