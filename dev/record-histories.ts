import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { createApiClient } from '../cli/api/api-client.ts';
import { ActionView } from '../contract/answers.ts';
import { actionWorkflowId } from '../contract/names.ts';
import { runCommand } from '../platform/command-line.ts';
import { createSigner } from '../platform/openpgp/sign.ts';
import { cancelUpdate, pauseUpdate, resumeUpdate } from '../workflows/messages.ts';
import { ROOT } from './build/ensure-built.ts';
import { demoUpgrade } from './demo/demo-upgrade.ts';
import { say } from './say.ts';
import { createInvestigatorCli } from './stack/investigator.ts';
import { temporalCli } from './stack/programs.ts';
import { loadPeople } from './stack/seed.ts';
import { stackHome, up } from './stack/stack.ts';
import { waitFor } from './wait.ts';

const USAGE = `npx tsx dev/record-histories.ts [NAME]...

Runs one action of each kind on the development stack and stores the histories that test/replay checks every change of a
workflow against. Record anew only when patched() cannot help; names given record these only.
`;
const MAX_NAMES = 100;
const FOLDER = join(ROOT, 'test', 'fixtures', 'histories');
const PASSWD = ['file', '-path', '/etc', '-maxdepth', '1', '-name', '^passwd$', '--json'];

await runCommand({ usage: USAGE, words: MAX_NAMES }, async (_, only) => {
  const home = stackHome();
  const stack = await up({ home, agents: 3, install: false, say });
  const { bob, john } = await loadPeople(join(home, 'keys'));
  const cli = createInvestigatorCli({ home, apiUrl: stack.api.url, key: bob });
  const weak = createInvestigatorCli({ home, apiUrl: stack.api.url, key: john });
  const connection = await Connection.connect({ address: stack.temporal.address });
  const client = new Client({ connection });
  const idOf = (run: { stdout: string }) => (JSON.parse(run.stdout) as { action: { id: number } }).action.id;
  const isWanted = (name: string) => only.length === 0 || only.includes(name);
  const record = async (name: string, run: () => Promise<number>) => {
    if (!isWanted(name)) return;
    const id = await run();
    const handle = client.workflow.getHandle(actionWorkflowId(id));
    await handle.result();
    mkdirSync(FOLDER, { recursive: true });
    const args = [
      'workflow',
      'show',
      '-w',
      actionWorkflowId(id),
      '--output',
      'json',
      '--address',
      stack.temporal.address,
    ];
    writeFileSync(join(FOLDER, `${name}.json`), execFileSync(temporalCli() ?? 'temporal', args));
    say(`recorded ${name}`);
  };

  await record('completed', async () => idOf(await cli.mig([...PASSWD, '-t', "os='linux'"])));
  await record('refused-by-agents', async () => idOf(await weak.mig([...PASSWD, '-t', "os='linux'"])));
  await record('no-agent', async () => {
    // `mig` launches nothing for nobody: an agent may go between its count and the launch all the same.
    const { stdout } = await cli.mig([...PASSWD, '-t', "name='nobody'", '-s']);
    const signer = await createSigner(readFileSync(bob.privateKeyFile), { fingerprint: bob.fingerprint });
    const api = createApiClient({ apiUrl: `${stack.api.url}/`, signer, version: 'record-histories' });
    return ActionView.parse(await api.post('action/create/', { action: stdout })).id;
  });
  await record('upgraded', () => demoUpgrade(stack, { home, print: say, say, linkTo: () => undefined }));

  const steer = async (name: string, steering: (id: number) => Promise<unknown>) => {
    process.kill(stack.agents[0]?.pid ?? 0, 'SIGSTOP');
    const running = cli.mig([...PASSWD, '-n', name, '-t', "os='linux'", '-e', '20s']);
    const id = await waitFor('the action', async () => {
      for await (const { workflowId } of client.workflow.list({ query: `ExecutionStatus = 'Running'` })) {
        return Number(workflowId.replace('action-', ''));
      }
      return undefined;
    });
    await steering(id);
    process.kill(stack.agents[0]?.pid ?? 0, 'SIGCONT');
    await running;
    return id;
  };
  const steered = (name: string, steering: (id: number) => Promise<unknown>) =>
    record(name, () => steer(name, steering));
  await steered('paused-and-resumed', async (id) => {
    const handle = client.workflow.getHandle(actionWorkflowId(id));
    await handle.executeUpdate(pauseUpdate);
    await handle.executeUpdate(resumeUpdate);
  });
  await steered('cancelled', (id) =>
    client.workflow.getHandle(actionWorkflowId(id)).executeUpdate(cancelUpdate),
  );
  await connection.close();
  return 0;
});
