import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../../test/interop/check.ts';
import { CHECKS } from '../../test/interop/list.ts';
import { EXCEPTIONS } from '../../test/setup/recorded/exceptions.ts';
import { readRequests, readSession } from '../../test/setup/recorded/recording.ts';
import { PROGRAMS } from '../mig-programs/programs.ts';
import { SOURCE_CHANGES } from '../mig-programs/source-changes.ts';

/** The endpoints of MIG's last release, each with the orders of its console that use it where no request was recorded. */
const ENDPOINTS: Readonly<Record<string, RegExp>> = {
  'GET /heartbeat': /^$/,
  'POST /heartbeat': /^$/,
  'GET /ip': /^$/,
  'GET /publickey/': /^$/,
  'GET /dashboard': /^main: (start|status)$/,
  'GET /search': /^main: search/,
  'GET /action': /^action reader: r$/,
  'POST /action/create/': /^launcher: launch/,
  'GET /command': /^command reader: r$/,
  'GET /agent': /^agent reader: r$/,
  'GET /investigator': /^investigator: r$/,
  'POST /investigator/create/': /^main: create investigator$/,
  'POST /investigator/update/': /^investigator: (set|apikey)/,
  'GET /loader': /^loader: r$/,
  'POST /loader/new/': /^main: create loader$/,
  'POST /loader/status/': /^loader: (en|dis)able$/,
  'POST /loader/expect/': /^loader: expectenv/,
  'POST /loader/key/': /^loader: key$/,
  'GET /manifest': /^manifest: (r|entry|fetch.*)$/,
  'POST /manifest/new/': /^main: create manifest$/,
  'POST /manifest/sign/': /^manifest: sign$/,
  'POST /manifest/status/': /^manifest: (disable|reset)$/,
  'GET /manifest/loaders/': /^manifest: loaders$/,
};

/** How each endpoint of MIG answers here: recordings, checks, and the reason of each difference. */
export function renderEndpoints(root: string): string {
  const reasons = reasonsByRecording(root);
  const recordings = [...readRequests(), ...readSession()];
  return Object.entries(ENDPOINTS)
    .map(([endpoint, orders]) => {
      const [method, path = ''] = endpoint.split(' ');
      const recorded = recordings.filter((one) => one.method === method && isAt(one.path, path));
      const checks = CHECKS.filter(({ program, shows }) => program === 'mig-console' && orders.test(shows));
      const counts = [
        recorded.length > 0 ? `${recorded.length} recorded` : '',
        checks.length > 0 ? `${checks.length} by the console` : '',
      ].filter((text) => text !== '');
      const differences = [...new Set(recorded.flatMap(({ name }) => [...(reasons.get(name) ?? [])]))];
      return [
        `- \`${endpoint}\` (${counts.join(', ')})`,
        ...differences.map((reason) => `  - ${reason}`),
      ].join('\n');
    })
    .join('\n');
}

function isAt(recorded: string, path: string): boolean {
  const [pathname = ''] = recorded.replace(/^\/+/, '/').split('?');
  return path === '/publickey/' ? pathname.startsWith(path) : pathname === path;
}

/** The reasons that the test has recorded, by the names of the recordings. */
function reasonsByRecording(root: string): Map<string, Set<string>> {
  const reasons = new Map<string, Set<string>>();
  const text = readFileSync(join(root, 'test/fixtures/sample-differences.txt'), 'utf8');
  for (const line of text.trimEnd().split('\n')) {
    const [name = '', at = ''] = line.split(': ');
    const exception = EXCEPTIONS.find((one) => one.samples.test(name) && one.at.test(at));
    if (exception === undefined || exception.isOfEachRun) continue;
    reasons.set(name, (reasons.get(name) ?? new Set()).add(exception.because));
  }
  return reasons;
}

/** The options and orders of each program of MIG, with the number of their checks. */
export function renderPrograms(): string {
  return PROGRAMS.flatMap((program) => {
    const checks = CHECKS.filter((check) => check.program === program);
    if (checks.length === 0) return [];
    const shown = [...new Set(checks.map(({ shows }) => shows))].map((shows) => {
      const count = checks.filter((check) => check.shows === shows).length;
      return `\`${shows}\`${count === 1 ? '' : ` (${count})`}`;
    });
    return [`- **\`${program}\`** (${checks.length} checks): ${shown.join(', ')}`];
  }).join('\n');
}

/** What no platform can mend, and what a modern Go needs. */
export function renderFaults(): string {
  const faults = CHECKS.flatMap(({ program, what, fault }: Check) =>
    fault === undefined ? [] : [`- \`${program}\`, ${what}: ${fault.because} (\`${fault.place}\`).`],
  );
  const changes = new Set(
    SOURCE_CHANGES.map(({ file, because }) => `- Changed in what is built, \`${file}\`: ${because}.`),
  );
  return [...faults, ...changes].join('\n');
}
