import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { RESULTS } from './write-results.ts';

const PLOTS = join(ROOT, 'docs', 'plots');

interface Bar {
  label: string;
  value: number;
  kind: 'ours' | 'mig' | 'floor';
}

interface Plot {
  title: string;
  unit: string;
  groups: { name: string; bars: Bar[] }[];
}

const COLOURS = { ours: '#2f6f4f', mig: '#b5651d', floor: '#8a8f98' };

/** Draws the last results as SVG files, for docs/performance.md. */
export async function drawPlots(): Promise<void> {
  mkdirSync(PLOTS, { recursive: true });
  const plots: Record<string, Plot> = {
    fanout: {
      title: 'One action, from the POST to the last answer committed',
      unit: 's',
      groups: [1000, 5000, 10_000, 100_000].flatMap((agents) =>
        readResults(`fanout-${agents}`).map((one) => ({
          name: `${agents.toLocaleString('en')} agents`,
          bars: bars([
            ['ours', one.seconds, 'ours'],
            ['MIG', one.mig, 'mig'],
            ['relay alone', one.relayFloor, 'floor'],
          ]),
        })),
      ),
    },
    api: {
      title: 'The API, eight clients, each token checked',
      unit: 'requests/s',
      groups: readResults('api')
        .filter((one) => one.mig !== undefined)
        .map((one) => ({
          name: String(one.what),
          bars: bars([
            ['ours', one.perSecond, 'ours'],
            ['MIG', one.mig, 'mig'],
          ]),
        })),
    },
    file: {
      title: 'The file module over 50,000 small files and 8 of 112 MB',
      unit: 's',
      groups: readResults('file').map((one) => ({
        name: String(one.what),
        bars: bars([
          ['ours', one.seconds, 'ours'],
          ['MIG', one.mig, 'mig'],
          ['find, grep or sha256sum', one.find ?? one.grep ?? one.sha256sum, 'floor'],
        ]),
      })),
    },
  };
  for (const [name, plot] of Object.entries(plots)) {
    if (plot.groups.length === 0) continue;
    const file = join(PLOTS, `${name}.svg`);
    writeFileSync(file, draw(plot));
    process.stdout.write(`${file}\n`);
  }
}

function readResults(name: string): Record<string, unknown>[] {
  const file = join(RESULTS, `${name}.jsonl`);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function bars(given: [string, unknown, Bar['kind']][]): Bar[] {
  return given.flatMap(([label, value, kind]) => (typeof value === 'number' ? [{ label, value, kind }] : []));
}

const WIDTH = 760;
const LEFT = 190;
const BAR = 16;

/** Each group has a scale of its own: otherwise one second would vanish beside a minute. */
function draw({ title, unit, groups }: Plot): string {
  let y = 44;
  const parts: string[] = [];
  for (const { name, bars: ofGroup } of groups) {
    const most = Math.max(...ofGroup.map(({ value }) => value));
    parts.push(
      `<text x="${LEFT - 10}" y="${y + 12}" text-anchor="end" font-weight="600">${escapeXml(name)}</text>`,
    );
    for (const { label, value, kind } of ofGroup) {
      const width = Math.max(1, ((WIDTH - LEFT - 200) * value) / most);
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 3}" rx="2" fill="${COLOURS[kind]}"/>`,
        `<text x="${(LEFT + width + 8).toFixed(1)}" y="${y + 11}">${value} ${unit}, ${escapeXml(label)}</text>`,
      );
      y += BAR;
    }
    y += 14;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" font-family="system-ui, sans-serif" font-size="12" fill="#222">
<title>${escapeXml(title)}</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="16" y="24" font-size="15" font-weight="600">${escapeXml(title)}</text>
${parts.join('\n')}
</svg>
`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
