import { expect, test } from 'vitest';
import { isAgent } from '../../../../platform/machine/agent-processes.ts';
import { parsePs, parseWindows, WINDOWS_AGENTS } from '../../../../platform/machine/list-processes.ts';

test.each([
  ['/sbin/mig-agent', ['-c', '/etc/mig/mig-agent.cfg', '-f'], true],
  ['/sbin/mig-agent-20150324+0d0f88c.prod', [], true],
  ['/sbin/mig-agent', ['-m', 'agent-checkin'], true],
  ['/sbin/mig-agent', ['-m', 'file'], false],
  ['/sbin/mig-agent', ['--m', 'agentdestroy', '-mask'], false],
  ['/sbin/mig-agency', [], false],
  ['/usr/bin/sleep', ['mig-agent'], false],
])('%s %j is an agent: %s', (executable, args, is) => {
  expect(isAgent(executable, args)).toBe(is);
});

test('agents are found in the output of ps on macOS', () => {
  const processes = `    1 Mon Nov 23 08:00:01 2026     /sbin/launchd
  431 Tue Nov 24 12:34:56 2026     /usr/local/bin/mig-agent-20150324+0d0f88c.prod
  512 Tue Nov  3 01:02:03 2026     -zsh
`;
  const commandLines = `    1 /sbin/launchd
  431 /usr/local/bin/mig-agent-20150324+0d0f88c.prod -c /etc/mig/mig-agent.cfg -f
  512 -zsh
`;
  expect(parsePs(processes, commandLines)).toEqual([
    { pid: 1, executable: '/sbin/launchd', startedMs: Date.parse('2026-11-23 08:00:01'), args: [''] },
    {
      pid: 431,
      executable: '/usr/local/bin/mig-agent-20150324+0d0f88c.prod',
      startedMs: Date.parse('2026-11-24 12:34:56'),
      args: ['-c', '/etc/mig/mig-agent.cfg', '-f'],
    },
  ]);
});

test('agents are found in the output of PowerShell on Windows', () => {
  const json = JSON.stringify([
    {
      pid: 70_000,
      executable: 'C:\\Program Files\\mig\\mig-agent.exe',
      args: 'mig-agent.exe -f',
      started: '2026-11-24T12:34:56.0000000Z',
    },
    { pid: 4, executable: null, args: null, started: '2026-11-24T12:34:56.0000000Z' },
  ]);
  expect(parseWindows(json)).toEqual([
    {
      pid: 70_000,
      executable: 'C:\\Program Files\\mig\\mig-agent.exe',
      startedMs: Date.parse('2026-11-24T12:34:56Z'),
      args: ['-f'],
    },
  ]);
  expect(parseWindows('')).toEqual([]);
});

test('the output of PowerShell 5.1 is read for no, one and several processes', () => {
  const row = (pid: number) => ({
    pid,
    executable: 'C:\\mig\\mig-agent.exe',
    args: 'mig-agent.exe -f',
    started: '2026-11-24T12:34:56.0000000Z',
  });
  const pids = (value: unknown) => parseWindows(JSON.stringify(value)).map(({ pid }) => pid);
  expect([pids([]), pids(null), pids(row(7)), pids([row(7)]), pids([row(7), row(8)])]).toEqual([
    [],
    [],
    [7],
    [7],
    [7, 8],
  ]);
  // The switch is new in version 7. Through a pipe, both versions turn an array of one into an object.
  expect(WINDOWS_AGENTS).not.toMatch(/-AsArray|\| *ConvertTo-Json/);
});
