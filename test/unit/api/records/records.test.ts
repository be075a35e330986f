import { expect, test } from 'vitest';
import { toAction } from '../../../../api/records/to-action.ts';
import { toAgent } from '../../../../api/records/to-agent.ts';
import { toCommand } from '../../../../api/records/to-command.ts';
import { toInvestigator, toInvestigatorWithKey } from '../../../../api/records/to-investigator.ts';
import { ActionView, AgentView, CommandView, InvestigatorView } from '../../../../contract/api-responses.ts';
import { encodeJson } from '../../../../contract/go/json.ts';
import { noCounters } from '../../../../contract/rules/accounting.ts';
import { TIME_NEVER, TIME_ZERO } from '../../../../contract/times.ts';
import type { ActionRow } from '../../../../platform/postgres/queries/actions/actions.ts';
import type { AgentRow } from '../../../../platform/postgres/queries/agents/agents.ts';
import type { InvestigatorRow } from '../../../../platform/postgres/queries/investigators.ts';

const NOW = '2026-01-01T00:00:00Z';
const FINGERPRINT = 'A'.repeat(40);

const actionRow: ActionRow = {
  id: 1,
  name: 'find passwd',
  target: 'true',
  description: '{}',
  threat: '{}',
  operations: '[{"module":"file",  "parameters":{"a":1.50}}]',
  validfrom: NOW,
  expireafter: NOW,
  starttime: TIME_ZERO,
  finishtime: TIME_NEVER,
  lastupdatetime: NOW,
  status: 'inflight',
  syntaxversion: 2,
  pgpsignatures: '["abc"]',
  reason: null,
  paused: true,
  cancelledat: null,
  resolvedat: NOW,
  braked: false,
};
const agentRow = {
  id: 2,
  name: 'host-2',
  queueloc: 'linux.host-2.x',
  mode: 'daemon',
  version: '1',
  pid: 3,
  loadername: null,
  starttime: NOW,
  destructiontime: null,
  heartbeattime: NOW,
  refreshtime: NOW,
  status: 'online',
  environment: '{"os":"linux"}',
  tags: '{}',
  notice: null,
} as AgentRow;
const investigatorRow: InvestigatorRow = {
  id: 4,
  name: 'Jane',
  pgpfingerprint: FINGERPRINT,
  publickey: Buffer.from('key'),
  status: 'active',
  createdat: NOW,
  lastmodified: NOW,
  permissions: 1,
};

const sent = (record: unknown): unknown => JSON.parse(encodeJson(record));

test('clients read the actions that the API builds, with counters, signers and the stored JSON unchanged', () => {
  const action = toAction(actionRow, {
    counters: noCounters(),
    failures: 0,
    investigators: [investigatorRow],
  });
  expect(encodeJson(action)).toContain('"operations":[{"module":"file",  "parameters":{"a":1.50}}]');
  expect(ActionView.parse(sent(action))).toMatchObject({
    id: 1,
    paused: true,
    failures: 0,
    operations: [{ module: 'file' }],
    investigators: [{ name: 'Jane', pgpfingerprint: FINGERPRINT }],
  });
});

test('clients read the commands that the API builds, before and after the agent answered', () => {
  const detail = { id: 5, status: 'sent', results: null, starttime: NOW, finishtime: TIME_NEVER };
  const waiting = toCommand({ ...detail, action: actionRow, agent: agentRow }, toAction(actionRow));
  expect(CommandView.parse(sent(waiting))).toMatchObject({ id: 5, results: null, agent: { name: 'host-2' } });
  const results = '[{"foundanything":true,"success":true}]';
  const answered = toCommand({ ...detail, results, action: actionRow, agent: agentRow }, toAction(actionRow));
  expect(CommandView.parse(sent(answered)).results).toMatchObject([{ foundanything: true, success: true }]);
});

test('clients read the agents and investigators that the API builds', () => {
  expect(AgentView.parse(sent(toAgent(agentRow)))).toMatchObject({ id: 2, queueloc: 'linux.host-2.x' });
  expect(sent(toAgent(agentRow))).toMatchObject({
    destructiontime: TIME_NEVER,
    environment: { os: 'linux' },
  });
  expect(InvestigatorView.parse(sent(toInvestigator(investigatorRow)))).toMatchObject({
    name: 'Jane',
    pgpfingerprint: FINGERPRINT,
  });
});

test('only the record of one investigator has the key', () => {
  expect(sent(toInvestigator(investigatorRow))).not.toHaveProperty('publickey');
  expect(sent(toInvestigatorWithKey(investigatorRow))).toMatchObject({ publickey: btoa('key') });
});
