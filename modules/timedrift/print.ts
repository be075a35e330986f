import { z } from 'zod';
import type { ModuleResult } from '../../contract/module-result.ts';
import { printGoTime } from './format-time.ts';

// What an agent sends is parsed, because it may be anything.
const Elements = z.object({
  hascheckeddrift: z.boolean().default(false),
  iswithindrift: z.boolean().default(false),
  drifts: z.array(z.string()).default([]),
  localtime: z.string().default(''),
});
const Statistics = z.object({
  exectime: z.string().default(''),
  ntpstats: z
    .array(
      z.object({
        host: z.string(),
        time: z.string(),
        latency: z.string(),
        drift: z.string(),
        reachable: z.boolean(),
      }),
    )
    .default([]),
});

/** Formats a result as MIG does (spec/modules/timedrift.md#printed-lines). `foundOnly` omits errors and statistics. */
export function printResult(result: ModuleResult, { foundOnly }: { foundOnly: boolean }): string[] {
  const lines = result.elements === null ? [] : printElements(Elements.parse(result.elements));
  if (foundOnly) return lines;
  return [
    ...lines,
    ...(result.errors ?? []).flatMap((error) => ['error:', error]),
    ...printStatistics(Statistics.parse(result.statistics ?? {})),
    `timedrift module has ${result.success ? 'succeeded' : 'failed'}`,
  ];
}

/** Whether the clock is right. The time and the drifts are others on each endpoint. */
export function printStable({ elements }: ModuleResult): string[] {
  if (elements === null) return [];
  const { hascheckeddrift, iswithindrift } = Elements.parse(elements);
  if (!hascheckeddrift) return ['local time was not compared'];
  return [
    iswithindrift
      ? 'local time is within acceptable drift from NTP servers'
      : 'local time is out of sync from NTP servers',
  ];
}

function printElements({
  hascheckeddrift,
  iswithindrift,
  drifts,
  localtime,
}: z.infer<typeof Elements>): string[] {
  const time = `local time is ${localtime}`;
  if (!hascheckeddrift) return [time];
  if (iswithindrift) return [time, 'local time is within acceptable drift from NTP servers'];
  return [time, 'local time is out of sync from NTP servers', ...drifts];
}

function printStatistics({ exectime, ntpstats }: z.infer<typeof Statistics>): string[] {
  const servers = ntpstats.map(({ host, time, latency, drift, reachable }) =>
    reachable
      ? `stat: ${host} responded in ${latency} with time ${printGoTime(time)}. local time drifts by ${drift}`
      : `stat: ${host} was unreachable`,
  );
  return [`stat: execution time was ${exectime}`, ...servers];
}
