import { MigError } from '../../contract/errors.ts';
import { defineModule } from '../define-module.ts';
import { findFlagMistake } from './flag-mistakes.ts';
import { printResult, printStable } from './print.ts';
import { findMistake, findProblem, Parameters } from './schema.ts';

export const timedrift = defineModule({
  name: 'timedrift',
  summary: 'report the local time, and compare it with a time server',
  parameters: Parameters,
  findProblem,
  findMistake,
  findFlagMistake,
  runsWithoutFlags: true,
  toParameters({ drift }) {
    if (drift === undefined) return { drift: '' };
    if (drift !== '' && findProblem({ drift: String(drift) }) === undefined) return { drift };
    throw new MigError('usage', 'invalid drift duration. try help.');
  },
  print: printResult,
  printStable,
  loadRun: async () => (await import('./run.ts')).timedriftRun,
  about: {
    intro: `Reports the time of the endpoint. With a drift it also asks time servers by NTP, one after the other until one
answers: those of /etc/ntp.conf, then time.nist.gov and 0 to 3.pool.ntp.org. A machine whose clock differs by more than the
drift is found.`,
    notes: `A drift is a Go duration: numbers with units (ns us ms s m h) such as 1h2m3.5s. The travel time of the answer
is not subtracted, so a drift below a second is rarely useful. Without any answer the run fails.`,
    platforms: {
      linux: 'complete',
      darwin: 'written, never run',
      windows: 'written, never run; asks only the fixed servers, since there is no /etc/ntp.conf',
    },
    privacy: `Local time and zone; with a drift the names of the time servers asked, their answers and latency. Extra
privacy mode masks nothing.`,
    example: {
      question: 'Which clocks are off by more than five seconds?',
      args: ['-drift', '5s'],
      result: {
        foundanything: true,
        success: true,
        elements: {
          hascheckeddrift: true,
          drifts: ['Local time is behind ntp host time.nist.gov by 12.41s'],
          localtime: '2026-11-24T12:00:00.123Z',
        },
        statistics: {
          exectime: '62.7ms',
          ntpstats: [
            {
              host: 'time.nist.gov',
              time: '2026-11-24T12:00:12.533Z',
              latency: '44.1ms',
              drift: '-12.41s',
              reachable: true,
            },
          ],
        },
        errors: null,
      },
    },
  },
});
