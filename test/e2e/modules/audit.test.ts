import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { openOfflineAgent } from '../../setup/offline-agent.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-e2e-audit-'));
afterAll(() => rmSync(folder, { recursive: true }));
const rules = (text: string) => {
  const file = join(folder, 'rules.json');
  writeFileSync(file, text);
  return file;
};
const open = (rulespath: string) =>
  openOfflineAgent({
    executable: inject('agentExecutable'),
    modules: { audit: `[audit]\nrulespath = "${rulespath}"\n` },
  });

// The module would delete the audit rules of this machine: the tests end before it gets so far.

test('a missing or wrong rule file ends the module before it changes anything', async () => {
  {
    await using agent = await open(join(folder, 'none.json'));
    await agent.logged(`[audit] (module log) open ${folder}/none.json: no such file or directory`);
  }
  await using agent = await open(rules('{"audit_rules":[{"path":"etc"}]}'));
  await agent.logged('[audit] (module log) SetRules: rule 1: path etc is not absolute');
  await agent.logged('persistent module ended');
});

test('without a rule file the module ends', async () => {
  await using agent = await openOfflineAgent({
    executable: inject('agentExecutable'),
    modules: { audit: '' },
  });
  await agent.logged('[audit] (module log) rulespath is not configured');
});

test('where the kernel denies, as in a container, the error names the step and the reason', () => {
  const runDir = join(folder, 'run');
  const config = join(folder, 'mig-agent.cfg');
  writeFileSync(config, `[agent]\nrundir = "${runDir}"\nstatedir = "${join(folder, 'state')}"\n[limits]\n`);
  writeFileSync(join(folder, 'acl.cfg'), '{"default":{"minimumweight":1}}');
  const message = {
    class: 'config',
    parameters: { config: { audit: { rulespath: rules('{"audit_rules":[]}') } } },
  };
  // A user namespace of its own has no right to the audit of the machine. Stdin stays open for a while.
  const script = '(cat; sleep 5) | unshare -r "$0" -c "$1" -P audit';
  const { stdout } = spawnSync('sh', ['-c', script, inject('agentExecutable'), config], {
    input: `${JSON.stringify(message)}\n`,
    encoding: 'utf8',
  });
  expect(stdout).toMatch(
    /"message":"(AuditSetEnabled|NewNetlinkConnection): (connection refused|operation not permitted)"/,
  );
});
