import { errorMessage } from '../../contract/errors.ts';
import { goDuration } from '../../contract/go/duration.ts';
import { TIME_ZERO } from '../../contract/times.ts';
import type { RunTerms } from '../module.ts';
import { formatRfc3339 } from './format-time.ts';
import { type HostSources, listNtpHosts } from './ntp-hosts.ts';
import { type NtpAnswer, queryNtp } from './query-ntp.ts';

/** What a server answered. An unreachable one has the zero time, and no latency or drift. */
interface NtpStats {
  host: string;
  time: string;
  latency: string;
  drift: string;
  reachable: boolean;
}

/** What a comparison adds to the result. Empty fields are left out. */
interface Comparison {
  foundanything: boolean;
  success: boolean;
  elements: { hascheckeddrift: boolean; iswithindrift?: true; drifts?: string[] };
  statistics: { ntpstats?: NtpStats[] };
  errors: string[];
  limits: string[];
}

interface Options {
  driftNs: bigint;
  terms: Pick<RunTerms, 'endsAtMs'>;
  sources: HostSources;
  port: number;
}

const TIMEOUT_MS = 5_000;

/** With less, a server is not asked: it could hardly answer, and a timer may fire a millisecond early. */
const MIN_TIMEOUT_MS = 10;

/** Asks one server after the other until one answers, and compares its time with the local one. */
export async function checkDrift({ driftNs, terms, sources, port }: Options): Promise<Comparison> {
  const { hosts, error } = listNtpHosts(sources);
  const errors = error === undefined ? [] : [error];
  const stats: NtpStats[] = [];
  for (const [index, host] of hosts.entries()) {
    const timeoutMs = Math.min(TIMEOUT_MS, terms.endsAtMs - performance.now());
    if (timeoutMs < MIN_TIMEOUT_MS)
      return comparison({ stats, errors, limits: [notAsked(index, hosts.length)] });
    try {
      const answer = await queryNtp({ host, port, timeoutMs });
      stats.push(reachable(host, answer));
      return comparison({ stats, errors, drifts: driftsOf(host, answer, driftNs) });
    } catch (failure) {
      stats.push({ host, time: TIME_ZERO, latency: '', drift: '', reachable: false });
      errors.push(`NTP host ${host} cannot be used: ${errorMessage(failure)}`);
    }
  }
  return comparison({ stats, errors });
}

/** Without `drifts` no server has answered. MIG then calls the clock within drift, too. */
function comparison(found: {
  stats: NtpStats[];
  errors: string[];
  drifts?: string[];
  limits?: string[];
}): Comparison {
  const { stats, errors, drifts, limits = [] } = found;
  const hasDrifted = drifts !== undefined && drifts.length > 0;
  return {
    foundanything: hasDrifted,
    success: drifts !== undefined,
    elements: {
      hascheckeddrift: drifts !== undefined,
      ...(hasDrifted ? { drifts } : { iswithindrift: true }),
    },
    statistics: stats.length === 0 ? {} : { ntpstats: stats },
    errors: drifts === undefined ? [...errors, 'no NTP host has answered'] : errors,
    limits,
  };
}

function reachable(host: string, { networkNs, localNs, latencyNs }: NtpAnswer): NtpStats {
  return {
    host,
    time: formatRfc3339(networkNs),
    latency: goDuration(latencyNs),
    drift: goDuration(localNs - networkNs),
    reachable: true,
  };
}

function driftsOf(host: string, { networkNs, localNs }: NtpAnswer, driftNs: bigint): string[] {
  const aheadNs = localNs - networkNs;
  const drifts: string[] = [];
  if (aheadNs < -driftNs) drifts.push(`Local time is behind ntp host ${host} by ${goDuration(-aheadNs)}`);
  if (aheadNs > driftNs) drifts.push(`Local time is ahead of ntp host ${host} by ${goDuration(aheadNs)}`);
  return drifts;
}

function notAsked(asked: number, total: number): string {
  return `the comparison was ended before its time was over: ${total - asked} of ${total} NTP hosts were not asked`;
}
