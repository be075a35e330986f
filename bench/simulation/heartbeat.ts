import { EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS, TIME_ZERO } from '../../contract/names.ts';
import { encodeJson } from '../../contract/rules/go-json.ts';
import { timestampFromMillis } from '../../contract/rules/timestamps.ts';

/** The heartbeat of a simulated agent, as it goes over the relay. */
export function heartbeatOf(
  { queueloc }: { queueloc: string },
  { pid, version }: { pid: number; version: string },
) {
  const now = timestampFromMillis(Date.now());
  const body = encodeJson({
    ...{
      name: queueloc.split('.')[1],
      queueloc,
      mode: 'daemon',
      version,
      pid,
    },
    ...{ starttime: now, destructiontime: TIME_ZERO, heartbeatts: now, refreshts: now },
    environment: {
      init: 'systemd',
      ident: 'Simulated',
      os: 'linux',
      arch: 'amd64',
      isproxied: false,
      aws: {},
      modules: ['agentdestroy', 'file', 'upgrade'],
    },
    tags: { operator: 'simulation' },
  });
  return { exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_HEARTBEATS, body };
}
