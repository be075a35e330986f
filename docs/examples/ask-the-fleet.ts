import { type Client, ROUTES } from '../../client/client.ts';

interface Question {
  /** As `mig -s` prints it. */
  signedAction: string;
  /** Makes the launch repeatable: after a lost answer the API launches nothing twice. */
  key: string;
  onProgress: (done: number, sent: number) => void;
}

/** Launches a signed action, and follows it to its end. Returns the agents that found something. */
export async function askTheFleet(client: Client, question: Question): Promise<string[]> {
  const { signedAction, key, onProgress } = question;
  const given = { action: signedAction };
  const { action } = await client.call(ROUTES.createAction, given, { idempotencyKey: key });
  for await (const { counters } of client.streamProgress(action.id, AbortSignal.timeout(600_000))) {
    const { done = 0, sent = 0 } = counters;
    onProgress(done, sent);
  }
  const found: string[] = [];
  for await (const { agent } of client.search('command', { actionid: action.id, foundanything: true })) {
    found.push(agent.name);
  }
  return found;
}
