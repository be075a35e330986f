import type { Client, WorkflowHandle } from '@temporalio/client';
import { actionWorkflowId } from '../../contract/names.ts';
import { waitFor } from '../../dev/wait-for.ts';

/** The workflow of an action. The API starts it after its answer to the launch, so it is waited for. */
export async function startedWorkflow(temporal: Client, actionId: number): Promise<WorkflowHandle> {
  const handle = temporal.workflow.getHandle(actionWorkflowId(actionId));
  await waitFor(`the workflow of action ${actionId}`, () =>
    handle.describe().then(
      () => true,
      () => false,
    ),
  );
  return handle;
}
