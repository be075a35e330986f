import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseSweep } from '../../contract/sweep/document.ts';
import { planSweep } from '../../contract/sweep/plan.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { findModule } from '../../modules/all-modules.ts';

const CHECKS = join(ROOT, 'compliance', 'debian12', 'checks');

/** The text of a sweep with this many of the checks for Debian 12, of all topics. It never runs by itself soon. */
export function sweepOfChecks(count: number, { name, target }: { name: string; target: string }): string {
  const files = readdirSync(CHECKS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .sort();
  const chosen = Array.from({ length: count }, (_, n) => files[Math.floor((n * files.length) / count)] ?? '');
  return JSON.stringify({
    name,
    target,
    schedule: { cron: '0 0 1 1 *', catchup: '0s' },
    validity: '2h',
    checks: chosen.map((file) => ({
      id: basename(file, '.json'),
      action: JSON.parse(readFileSync(join(CHECKS, file), 'utf8')) as unknown,
    })),
  });
}

/** What this machine answers to the checks of a sweep: the elements of the results, as JSON text, by module. */
export async function elementsOfThisMachine(text: string): Promise<Record<string, string>> {
  const elements: Record<string, object> = {};
  for (const { operations } of planSweep(parseSweep(text).checks)) {
    for (const { module, parameters } of operations) {
      const found = findModule(module);
      if (!found) throw new Error(`there is no module ${module}`);
      const { run } = await found.loadRun();
      const result = await run(parameters, {
        loadHost: () => Promise.reject(new Error('a bench has no agent')),
      });
      // A module may be asked in several actions: a simulated agent answers each with all of its elements.
      elements[module] = { ...elements[module], ...(result.elements as object) };
    }
  }
  return Object.fromEntries(Object.entries(elements).map(([name, all]) => [name, JSON.stringify(all)]));
}
