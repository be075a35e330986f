import { expect, test } from 'vitest';
import { AGENT_HEADER, agentLine } from '../../../../cli/terminal/agent-line.ts';

const record = {
  id: 12,
  name: 'web-1.example.net',
  queueloc: 'linux.web-1.x',
  version: '20260101+abcdef0.prod',
  status: 'online',
  heartbeatts: '2026-11-29T20:00:00.123456Z',
};

test('the header stands above the columns of the agents', () => {
  const line = agentLine(record);
  for (const [title, value] of [
    ['status', 'online'],
    ['last heartbeat', '2026-11-29T20:00:00Z'],
    ['name', 'web-1.example.net'],
    ['version', '20260101+abcdef0.prod'],
    ['queueloc', 'linux.web-1.x'],
  ] as const) {
    expect(line.indexOf(value), title).toBe(AGENT_HEADER.indexOf(title));
  }
});

test('a long name is not cut', () => {
  const name = `${'a'.repeat(200)}.example.net`;
  expect(agentLine({ ...record, name })).toContain(name);
});
