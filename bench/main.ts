import { benchRoundtrip } from './roundtrip.ts';

// `npm run bench -- <name>`: prints JSON lines; the last run of each stays in bench/results.
const BENCHES: Record<string, () => Promise<void>> = { roundtrip: benchRoundtrip };

const name = process.argv[2] ?? '';
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (bench) await bench();
else {
  process.stderr.write(`usage: npm run bench -- <${Object.keys(BENCHES).join('|')}>\n`);
  process.exitCode = 2;
}
