import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModuleResult } from '../../../contract/module-result.ts';
import { factsOf } from '../facts.ts';
import { ntpServerProgram } from '../planted/ntp-server.ts';
import { openRoom } from '../planted/room.ts';
import { linesOf } from '../programs.ts';
import type { ModuleQuestions, Question } from '../question.ts';

/** The configuration of the machine is behind ours in this namespace only. */
const SERVER = `
  ip link set lo up
  mount -t overlay overlay -o "lowerdir=$1:/etc" /etc
  exec "$2" -e "$3" -- "$4"
`;

interface Elements {
  hascheckeddrift: boolean;
  iswithindrift?: boolean;
  drifts?: string[];
  localtime: string;
}

export const timedriftQuestions: ModuleQuestions = {
  module: 'timedrift',
  async open(resources) {
    const folder = mkdtempSync(join(tmpdir(), 'mig-judges-'));
    resources.defer(() => rmSync(folder, { recursive: true, force: true }));
    const questions = [...withoutServer()];
    for (const aheadSeconds of [0, 90, -90]) {
      const layer = join(folder, String(aheadSeconds));
      mkdirSync(layer);
      // Nobody answers at the first address.
      writeFileSync(join(layer, 'ntp.conf'), '# servers\nserver 127.0.0.9 iburst\n server 127.0.0.1\n');
      const program = ntpServerProgram();
      const args = [layer, process.execPath, program, String(aheadSeconds)];
      const room = resources.use(await openRoom(SERVER, ...args));
      questions.push(withServer(aheadSeconds, room.wrapper));
    }
    return questions;
  },
};

function withoutServer(): Question[] {
  return [
    {
      what: 'the local time',
      parameters: {},
      judges: [
        {
          program: 'date',
          theirs: () => linesOf(['date', '+%s']),
          ours: (result) => [String(Math.floor(Date.parse(elementsOf(result)?.localtime ?? '') / 1000))],
          isNear: (ours, theirs) => Math.abs(Number(ours) - Number(theirs)) <= 60,
        },
      ],
      mig: { facts },
    },
    ...['5', 'abc', '1d', '5S', '1e3s', '-', '9999999h'].map((drift) => ({
      what: `no duration: ${drift}`,
      parameters: { drift },
      mig: {
        explained: [
          { lines: /^(ours error drift ".*": |theirs error )time: /, because: 'MIG does not name the field' },
        ],
      },
    })),
  ];
}

function withServer(aheadSeconds: number, wrapper: readonly string[]): Question {
  const where = aheadSeconds === 0 ? 'in time' : `${aheadSeconds} s ahead`;
  return {
    what: `a server that is ${where}`,
    parameters: { drift: '10s' },
    wrapper,
    mig: {
      facts,
      explained: [
        {
          lines: /^ours error NTP host 127\.0\.0\.9 cannot be used/,
          because: 'MIG does not say which server did not answer',
        },
      ],
    },
  };
}

/** Times are rounded to a quarter of a minute: each side reads its own clock. */
function facts(result: ModuleResult): string[] {
  const elements = elementsOf(result);
  if (elements === null) return factsOf(result);
  const { drifts, localtime, ...others } = elements;
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}(Z|[+-]\d\d:\d\d)$/.test(localtime);
  return [
    ...factsOf({ ...result, elements: { ...others, localtime: isTime ? 'a time of RFC 3339' : localtime } }),
    ...(drifts ?? []).map(roundDuration),
    ...serversOf(result).map(({ host, reachable }) => `server ${host} ${reachable}`),
  ];
}

function roundDuration(text: string): string {
  return text.replace(/(?:(\d+)m)?([\d.]+)s$/, (_, minutes = '0', seconds) => {
    return `${Math.round((Number(minutes) * 60 + Number(seconds)) / 15) * 15} s`;
  });
}

function elementsOf({ elements }: ModuleResult): Elements | null {
  return elements as Elements | null;
}

function serversOf({ statistics }: ModuleResult): { host: string; reachable: boolean }[] {
  return (statistics as { ntpstats?: { host: string; reachable: boolean }[] } | null)?.ntpstats ?? [];
}
