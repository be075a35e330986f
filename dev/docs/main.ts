import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runScript } from '../../platform/program/command-line.ts';
import { print, report } from '../terminal.ts';
import { readImports } from './imports.ts';
import { JOURNEYS, journeyProblems } from './journeys.ts';
import { renderPages } from './pages.ts';

const USAGE = `npm run docs -- [--check]

Renews the generated blocks of the pages in docs/: the picture of the folders, the journeys, concepts and tests,
and the pages of docs/modules.

  --check  change nothing, and end with 1 when a page is stale
`;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

await runScript({ usage: USAGE, options: { check: { type: 'boolean' } } }, ({ check = false }) => {
  const problems = journeyProblems(JOURNEYS, readImports(ROOT));
  for (const problem of problems) report(`dev/docs/journeys.ts: ${problem}`);
  if (problems.length > 0) return 1;
  const stale = renderPages(ROOT).filter(({ current, fresh }) => current !== fresh);
  if (check) {
    for (const { path } of stale) report(`${path} is stale: run npm run docs`);
    return stale.length === 0 ? 0 : 1;
  }
  for (const { path, fresh } of stale) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), fresh);
    print(`renewed ${path}`);
  }
  return 0;
});
