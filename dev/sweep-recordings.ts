import type { Client } from '@temporalio/client';
import { timestampFromMillis, unixMillis } from '../contract/go/time.ts';
import { scheduledWorkflowId } from '../platform/temporal/sweep-schedule.ts';
import { type ApiCaller, createApiCaller } from './api-caller.ts';
import type { StackFile } from './stack/stack-file.ts';
import { type PostedSweep, postSweep, triggerSweep } from './sweep-caller.ts';
import { waitFor } from './wait-for.ts';

/** So far away that the sweep does not run by itself. */
const YEARLY = '0 0 1 1 *';

interface Context {
  stack: StackFile;
  client: Client;
}

/** Returns, by the name of the history, a function that runs one sweep and returns the id of its workflow. */
export async function createSweepRecordings(
  context: Context,
): Promise<Record<string, () => Promise<string>>> {
  const { stack } = context;
  const api = await createApiCaller(stack.api.url, stack.investigator);
  const record = (cron: string, work: (sweep: PostedSweep) => Promise<string>) => () =>
    withSweep(context, { api, cron, work });
  return {
    'sweep-complete': record(YEARLY, async (sweep) => (await trigger(api, sweep)).workflowId),
    'sweep-unsigned': record('* * * * *', (sweep) => nextWorkflow(api, sweep)),
    'sweep-cancelled': record(YEARLY, (sweep) => runCancelled(context, { api, sweep })),
  };
}

/** Posts a sweep, waits until the workflow that the work starts has ended, and deletes the sweep. */
async function withSweep(
  { client }: Context,
  { api, cron, work }: { api: ApiCaller; cron: string; work: (sweep: PostedSweep) => Promise<string> },
): Promise<string> {
  const options = { matchall: true, maxdepth: 1, matchlimit: 10 };
  const searches = { s1: { paths: ['/etc'], names: ['^passwd$'], options } };
  const action = { name: 'the file is there', operations: [{ module: 'file', parameters: { searches } }] };
  const text = JSON.stringify({
    name: `recorded ${Date.now()}`,
    target: `os='linux'`,
    schedule: { cron, catchup: '0s' },
    validity: '60s',
    checks: [{ id: 'passwd', action }],
  });
  const sweep = await postSweep(api, text);
  try {
    const workflowId = await work(sweep);
    await client.workflow.getHandle(workflowId).result();
    return workflowId;
  } finally {
    await api.form('/sweep/delete/', { sweepid: String(sweep.id) });
  }
}

async function trigger(api: ApiCaller, sweep: PostedSweep): Promise<{ runId: number; workflowId: string }> {
  const plannedat = timestampFromMillis(Date.now());
  const runId = await triggerSweep(api, sweep, { plannedat });
  return { runId, workflowId: `sweep-${sweep.id}-trigger-${plannedat}` };
}

/** Waits until the schedule has started the workflow of its next run, and returns the id. */
async function nextWorkflow(api: ApiCaller, { id }: PostedSweep): Promise<string> {
  const until = new Date(Date.now() + 120_000).toISOString();
  const answer = await api.get(`/sweep/times?sweepid=${id}&until=${until}`);
  const [next] = answer.body.collection.items[0].data[0].value.planned;
  const hasBegun = async () => (await readRuns(api, id)).some(({ startedat }) => startedat !== null);
  await waitFor('the run of the schedule', hasBegun, { timeoutMs: 120_000 });
  return scheduledWorkflowId(id, unixMillis(next));
}

/** Cancels a run while the first agent is stopped, so that it is still in progress. */
async function runCancelled(
  { stack }: Context,
  { api, sweep }: { api: ApiCaller; sweep: PostedSweep },
): Promise<string> {
  const [agent] = stack.agents;
  if (!agent) throw new Error('the stack has no agent');
  process.kill(agent.pid, 'SIGSTOP');
  try {
    const { runId, workflowId } = await trigger(api, sweep);
    await waitFor('its action', async () => (await readRuns(api, sweep.id))[0]?.actions.length === 1);
    const answer = await api.form('/sweep/run/cancel/', { runid: String(runId) });
    if (answer.status !== 200) throw new Error(`the cancel was answered ${answer.status}: ${answer.text}`);
    return workflowId;
  } finally {
    process.kill(agent.pid, 'SIGCONT');
  }
}

async function readRuns(
  api: ApiCaller,
  sweepId: number,
): Promise<{ startedat: string | null; actions: number[] }[]> {
  const answer = await api.get(`/sweep/runs?sweepid=${sweepId}`);
  const items: { data: { value: { startedat: string | null; actions: number[] } }[] }[] =
    answer.body.collection.items ?? [];
  return items.flatMap(({ data }) => data.map(({ value }) => value));
}
