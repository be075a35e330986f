import { readdirSync, readFileSync } from 'node:fs';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { loadWorkflowBundle } from '../../worker/bundle.ts';

const FOLDER = new URL('../fixtures/histories/', import.meta.url);
Runtime.install({ logger: new DefaultLogger('ERROR', () => {}) });

for (const file of readdirSync(FOLDER)) {
  test(`today's workflow still replays the stored history ${file}`, async () => {
    const history = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
    const workflowBundle = { codePath: await loadWorkflowBundle() };
    await Worker.runReplayHistory({ workflowBundle }, history, file.replace('.json', ''));
  });
}

test('a history with another order of steps is refused', async () => {
  const history = JSON.parse(readFileSync(new URL('completed.json', FOLDER), 'utf8'));
  const scheduled = history.events.find((event: { eventType: string }) =>
    /ACTIVITY_TASK_SCHEDULED/.test(event.eventType),
  );
  scheduled.activityTaskScheduledEventAttributes.activityType.name = 'anotherActivity';
  const workflowBundle = { codePath: await loadWorkflowBundle() };
  await expect(Worker.runReplayHistory({ workflowBundle }, history, 'altered')).rejects.toThrow(
    /[Nn]ondeterminism/,
  );
});
