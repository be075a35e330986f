import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { createClient } from '../client/client.ts';
import { createAction } from '../contract/api/actions.ts';
import { actionWorkflowId } from '../contract/names.ts';
import { createSigner } from '../platform/openpgp/sign.ts';
import { runScript } from '../platform/program/command-line.ts';
import { cancelUpdate, pauseUpdate, resumeUpdate } from '../workflows/messages.ts';
import { ROOT } from './build/ensure-built.ts';
import { demoUpgrade } from './demo/demo-upgrade.ts';
import { type CliRun, createInvestigatorCli } from './stack/investigator.ts';
import type { KeyFiles } from './stack/keys.ts';
import { findTemporalCli } from './stack/programs/programs.ts';
import { loadPeople } from './stack/seed.ts';
import { stackHome, up } from './stack/stack.ts';
import type { StackFile } from './stack/stack-file.ts';
import { createSweepRecordings } from './sweep-recordings.ts';
import { report } from './terminal.ts';
import { waitFor } from './wait-for.ts';

const USAGE = `npx tsx dev/record-histories.ts [NAME]...

Runs one action and one sweep of each kind on the development stack and stores the histories that test/replay checks every change of a
workflow against. Record anew only when patched() cannot help. With names it records only these.
`;
const MAX_NAMES = 100;
const AGENTS = 3;
const FOLDER = join(ROOT, 'test', 'fixtures', 'histories');
const SEARCH = ['file', '-path', '/etc', '-maxdepth', '1', '-name', '^passwd$', '--json'];
const ALL_AGENTS = ['-t', "os='linux'"];

await runScript({ usage: USAGE, words: MAX_NAMES }, async (_, names) => {
  const home = stackHome();
  const stack = await up({ home, agents: AGENTS, install: false, report });
  const connection = await Connection.connect({ address: stack.temporal.address });
  const client = new Client({ connection });
  const context = { home, stack, client };
  const recordings = {
    ...ofActions(await createRecordings(context)),
    ...(await createSweepRecordings(context)),
  };
  for (const [name, runToRecord] of Object.entries(recordings)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const workflowId = await runToRecord();
    await client.workflow.getHandle(workflowId).result();
    writeHistory(name, { workflowId, address: stack.temporal.address });
    report(`recorded ${name}`);
  }
  await connection.close();
  return 0;
});

type Recordings<T> = Record<string, () => Promise<T>>;

/** Functions that return the id of a workflow, from those that return the id of an action. */
function ofActions(recordings: Recordings<number>): Recordings<string> {
  const entries = Object.entries(recordings);
  return Object.fromEntries(entries.map(([name, run]) => [name, async () => actionWorkflowId(await run())]));
}

interface Context {
  home: string;
  stack: StackFile;
  client: Client;
}

/** Returns, by the name of the history, a function that runs one action and returns its id. */
async function createRecordings(context: Context): Promise<Recordings<number>> {
  const { home, stack } = context;
  const { bob, john } = await loadPeople(join(home, 'keys'));
  const cli = createInvestigatorCli({ home, apiUrl: stack.api.url, key: bob });
  const cliOfJohn = createInvestigatorCli({ home, apiUrl: stack.api.url, key: john });
  return {
    completed: async () => actionIdOf(await cli.mig([...SEARCH, ...ALL_AGENTS])),
    'refused-by-agents': async () => actionIdOf(await cliOfJohn.mig([...SEARCH, ...ALL_AGENTS])),
    'no-agent': async () => {
      const { stdout } = await cli.mig([...SEARCH, '-t', "name='nobody'", '-s']);
      return launchForNobody(stack, { key: bob, action: stdout });
    },
    upgraded: () => demoUpgrade(stack, { home, print: report, report, linkTo: () => undefined }),
    'paused-and-resumed': () =>
      runSteered(context, {
        run: () => cli.mig([...SEARCH, ...ALL_AGENTS, '-n', 'paused-and-resumed', '-e', '20s']),
        steer: async (workflow) => {
          await workflow.executeUpdate(pauseUpdate);
          await workflow.executeUpdate(resumeUpdate);
        },
      }),
    cancelled: () =>
      runSteered(context, {
        run: () => cli.mig([...SEARCH, ...ALL_AGENTS, '-n', 'cancelled', '-e', '20s']),
        steer: (workflow) => workflow.executeUpdate(cancelUpdate),
      }),
  };
}

function writeHistory(name: string, { workflowId, address }: { workflowId: string; address: string }): void {
  const cli = findTemporalCli() ?? 'temporal';
  const args = ['workflow', 'show', '-w', workflowId, '--output', 'json', '--address', address];
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.json`), execFileSync(cli, args));
}

function actionIdOf({ stdout }: CliRun): number {
  return (JSON.parse(stdout) as { action: { id: number } }).action.id;
}

/** Launches an action that reaches no agent. `mig` refuses to, but the agents may leave after it has counted them. */
async function launchForNobody(
  stack: StackFile,
  { key, action }: { key: KeyFiles; action: string },
): Promise<number> {
  const signer = await createSigner(readFileSync(key.privateKeyFile), { fingerprint: key.fingerprint });
  const client = createClient({ url: stack.api.url, sign: (text) => signer.sign(text) });
  return (await client.call(createAction, { action })).action.id;
}

/** Runs an action while the first agent is stopped, so that it is still running when it is steered. */
async function runSteered(
  { stack, client }: Context,
  { run, steer }: { run: () => Promise<CliRun>; steer: (workflow: WorkflowHandle) => Promise<unknown> },
): Promise<number> {
  const [agent] = stack.agents;
  if (!agent) throw new Error('the stack has no agent');
  process.kill(agent.pid, 'SIGSTOP');
  const running = run();
  const workflowId = await waitFor('the action', () => findRunningWorkflow(client));
  await steer(client.workflow.getHandle(workflowId));
  process.kill(agent.pid, 'SIGCONT');
  await running;
  return Number(workflowId.replace('action-', ''));
}

async function findRunningWorkflow(client: Client): Promise<string | undefined> {
  for await (const { workflowId } of client.workflow.list({ query: `ExecutionStatus = 'Running'` })) {
    return workflowId;
  }
  return undefined;
}
