import { RawJson } from '../../contract/go/json.ts';
import { permissionsFromMask } from '../../contract/permissions.ts';
import { type Counters, migCounters } from '../../contract/rules/accounting.ts';
import { TIME_NEVER, TIME_ZERO } from '../../contract/times.ts';
import { type ActionRow, actionRecord } from '../../platform/postgres/queries/actions.ts';
import type { AgentRow } from '../../platform/postgres/queries/agents.ts';
import type { InvestigatorRow } from '../../platform/postgres/queries/investigators.ts';
import type { CommandDetail } from '../../platform/postgres/queries/search.ts';

/** What an answer says of an action beside its row. */
export interface ActionDetails {
  counters?: Counters | undefined;
  failures?: number | undefined;
  /** Those who signed it. */
  investigators?: InvestigatorRow[] | undefined;
}

/** Rows as MIG's clients read them (spec: shapes). Stored JSON is passed on byte for byte. */
export function toAction(row: ActionRow, { counters, failures, investigators }: ActionDetails) {
  return {
    ...actionRecord(row),
    investigators: investigators?.map((investigator) => toInvestigator(investigator, { withKey: false })),
    counters: counters ? migCounters(counters) : {},
    failures,
    reason: row.reason ?? undefined,
    paused: row.paused || undefined,
  };
}

export function toAgent(row: AgentRow) {
  return {
    id: row.id,
    name: row.name,
    queueloc: row.queueloc,
    mode: row.mode,
    version: row.version,
    pid: row.pid,
    loadername: row.loadername ?? undefined,
    starttime: row.starttime,
    destructiontime: row.destructiontime ?? TIME_NEVER,
    heartbeatts: row.heartbeattime,
    refreshts: row.refreshtime,
    status: row.status,
    environment: new RawJson(row.environment),
    tags: new RawJson(row.tags),
    notice: row.notice ?? undefined,
  };
}

export function toInvestigator(row: InvestigatorRow, { withKey }: { withKey: boolean }) {
  return {
    id: row.id,
    name: row.name,
    pgpfingerprint: row.pgpfingerprint,
    publickey: withKey ? row.publickey?.toString('base64') : undefined,
    status: row.status,
    createdat: row.createdat,
    lastmodified: row.lastmodified,
    apikey: row.hasapikey ? 'set' : undefined,
    permissions: permissionsFromMask(row.permissions),
  };
}

/** `action` is the command's action, as an object or already encoded. */
export function toCommand(row: CommandDetail, action: unknown) {
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
  };
}
