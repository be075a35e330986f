import { MigError } from '../../contract/errors.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { openIcmpSocket } from '../../platform/machine/icmp-socket.ts';
import { defineRun } from '../define-run.ts';
import { NO_TERMS, type RunTerms } from '../module.ts';
import { createIcmpProbe } from './probe-icmp.ts';
import { createTcpProbe } from './probe-tcp.ts';
import { createUdpProbe } from './probe-udp.ts';
import { resolveHost } from './resolve-host.ts';
import { findMistake, findProblem, Parameters } from './schema.ts';
import { sendProbes } from './send-probes.ts';

const DEFAULT_COUNT = 3;
const DEFAULT_TIMEOUT_SECONDS = 5;
const RESOLVE_TIMEOUT_MS = 30_000;

/** Tests whether a host can be reached (spec/modules/ping.md#probes). */
export const pingRun = defineRun({ parameters: Parameters, findProblem, findMistake, run: ping });

async function ping(
  parameters: Parameters,
  { terms = NO_TERMS }: { terms?: RunTerms },
): Promise<ModuleResult> {
  const { protocol, destination, count, timeout } = parameters;
  const resolveMs = Math.max(1, Math.min(RESOLVE_TIMEOUT_MS, terms.endsAtMs - performance.now()));
  const addresses = await resolveHost(destination, resolveMs);
  const options = {
    count: count === 0 ? DEFAULT_COUNT : Math.trunc(count),
    timeoutMs: (timeout === 0 ? DEFAULT_TIMEOUT_SECONDS : timeout) * 1000,
    silenceIsFound: protocol === 'udp',
    terms,
  };
  const probes = await withProbe(parameters, addresses, (probe) => sendProbes(probe, options));
  const { latencies, failures, foundAnything, limit } = probes;
  return {
    foundanything: foundAnything,
    success: true,
    elements: {
      latencies: latencies.length === 0 ? null : latencies,
      protocol,
      resolvedhost: describeHost(parameters, addresses),
      failures: failures.length === 0 ? null : failures,
    },
    statistics: null,
    errors: limit === undefined ? null : [limit],
    // MIG's own programs compare results by the keys that they know.
    limits: limit === undefined || terms.asMig ? undefined : [limit],
  };
}

function describeHost({ protocol, destination, destinationport }: Parameters, [address]: string[]): string {
  if (protocol === 'icmp') return `${destination} (${address})`;
  return `${destination}:${Math.trunc(destinationport)} (${address})`;
}

/** Calls `work` with the probe of the protocol, and closes what it needed. */
async function withProbe<T>(
  { protocol, destination, destinationport }: Parameters,
  addresses: string[],
  work: (probe: ReturnType<typeof createTcpProbe>) => Promise<T>,
): Promise<T> {
  const port = Math.trunc(destinationport);
  const [address = destination] = addresses;
  if (protocol === 'tcp') return work(createTcpProbe({ host: destination, port }));
  if (protocol === 'udp') return work(createUdpProbe({ address, port }));
  const isIPv6 = destination.includes(':');
  const target = addresses.find((one) => one.includes(':') === isIPv6);
  if (target === undefined) throw new MigError('parameters_invalid', `${destination} has no address of IPv4`);
  const socket = openIcmpSocket(target);
  try {
    return await work(createIcmpProbe(socket, { isIPv6 }));
  } finally {
    socket[Symbol.dispose]();
  }
}
