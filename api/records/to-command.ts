import type { CommandView, Sent } from '../../contract/api-responses.ts';
import { RawJson } from '../../contract/go/json.ts';
import { TIME_ZERO } from '../../contract/times.ts';
import type { CommandDetail } from '../../platform/postgres/queries/search/search.ts';
import type { toAction } from './to-action.ts';

/** The record of a command (spec/api.md#records), with its action's record, which may be encoded already. */
export function toCommand(row: CommandDetail, action: RawJson | ReturnType<typeof toAction>) {
  return {
    id: row.id,
    action,
    agent: {
      id: row.agent.id,
      name: row.agent.name,
      queueloc: row.agent.queueloc,
      mode: row.agent.mode,
      version: row.agent.version,
      starttime: TIME_ZERO,
      destructiontime: TIME_ZERO,
      heartbeatts: TIME_ZERO,
      refreshts: TIME_ZERO,
      environment: new RawJson(row.agent.environment),
      tags: new RawJson(row.agent.tags),
    },
    status: row.status,
    results: new RawJson(row.results ?? 'null'),
    starttime: row.starttime,
    finishtime: row.finishtime,
  } satisfies Sent<typeof CommandView>;
}
