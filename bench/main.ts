import { benchAgent, benchAgentIdle } from './agent.ts';
import { benchAgentFlood } from './agent-flood.ts';
import { benchApi } from './api.ts';
import { benchFanout } from './fanout.ts';
import { benchFile } from './file.ts';
import { benchFlood } from './flood.ts';
import { benchHarm } from './harm.ts';
import { benchHeartbeats, benchIdle } from './heartbeats.ts';
import { benchMixed } from './mixed.ts';
import { drawPlots } from './plots.ts';
import { benchRoundtrip } from './roundtrip.ts';
import { benchUpgrade } from './upgrade.ts';

// `npm run bench -- <name>`: prints JSON lines; the last run of each stays in bench/results.
const BENCHES: Record<string, () => Promise<void>> = {
  roundtrip: benchRoundtrip,
  api: benchApi,
  fanout: benchFanout,
  flood: benchFlood,
  heartbeats: benchHeartbeats,
  idle: benchIdle,
  mixed: benchMixed,
  file: benchFile,
  agent: benchAgent,
  'agent-idle': benchAgentIdle,
  'agent-flood': benchAgentFlood,
  harm: benchHarm,
  upgrade: benchUpgrade,
  plots: drawPlots,
};

const name = process.argv[2] ?? '';
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (bench) await bench();
else {
  process.stderr.write(`usage: npm run bench -- <${Object.keys(BENCHES).join('|')}>\n`);
  process.exitCode = 2;
}
