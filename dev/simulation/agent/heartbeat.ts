import { AGENT_CAPABILITIES } from '../../../contract/capabilities.ts';
import { encodeJson } from '../../../contract/go/json.ts';
import { timestampFromMillis } from '../../../contract/go/time.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS } from '../../../contract/names.ts';
import { TIME_ZERO } from '../../../contract/times.ts';
import type { SimulationOptions } from '../simulation-options.ts';

/** Returns the heartbeat of a simulated agent, as a message for the relay. */
export function heartbeatOf(
  { queueloc }: { queueloc: string },
  { pid, version }: { pid: number; version: string },
  {
    capabilities = AGENT_CAPABILITIES,
    elements = {},
  }: Pick<SimulationOptions, 'capabilities' | 'elements'> = {},
) {
  const now = timestampFromMillis(Date.now());
  const body = encodeJson({
    name: queueloc.split('.')[1],
    queueloc,
    mode: 'daemon',
    version,
    pid,
    starttime: now,
    destructiontime: TIME_ZERO,
    heartbeatts: now,
    refreshts: now,
    environment: {
      init: 'systemd',
      ident: 'Simulated',
      os: 'linux',
      arch: 'amd64',
      isproxied: false,
      aws: {},
      modules: [...new Set(['agentdestroy', 'file', 'upgrade', ...Object.keys(elements)])],
    },
    tags: { operator: 'simulation' },
    // An agent of MIG has no such key.
    capabilities: capabilities.length === 0 ? undefined : capabilities,
  });
  return { exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_HEARTBEATS, body };
}
