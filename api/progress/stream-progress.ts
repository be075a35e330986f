import type { SSEStreamingApi } from 'hono/streaming';
import { withTimeout } from '../../platform/async/with-timeout.ts';
import type { ApiDeps } from '../context.ts';
import { createMailbox } from './mailbox.ts';
import type { ProgressSnapshot } from './progress-feed.ts';

const KEEP_ALIVE_MS = 15_000;

interface ProgressReader {
  actionId: number;
  investigatorId: number;
  stream: SSEStreamingApi;
}

/**
 * Sends a `progress` event at each change of an action. Changes during a slow write are merged into one event. The stream
 * ends with the action, or when the investigator loses the permission.
 */
export async function streamProgress(
  { progress, rights, config }: Pick<ApiDeps, 'progress' | 'rights' | 'config'>,
  { actionId, investigatorId, stream }: ProgressReader,
): Promise<void> {
  const mailbox = createMailbox<ProgressSnapshot>();
  const unsubscribe = progress.subscribe(actionId, (snapshot) => {
    if (snapshot) mailbox.put(snapshot);
    else mailbox.close();
  });
  stream.onAbort(mailbox.close);
  const send = (event: string, data: string) =>
    withTimeout(config.stalledClientMs, stream.writeSSE({ event, data }), 'the client reads no events');

  try {
    while (!mailbox.isClosed()) {
      if (!(await rights(investigatorId, 'action'))) {
        return await send('end', 'you may not read actions any more');
      }
      const snapshot = mailbox.take();
      if (snapshot) await send('progress', snapshot.text);
      else await send('alive', '');
      if (snapshot?.isFinal) return;
      await mailbox.wait(KEEP_ALIVE_MS);
    }
  } finally {
    unsubscribe();
  }
}
