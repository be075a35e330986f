import { commandJson } from '../../dev/simulation/relay-client.ts';
import type { Rig } from './rig.ts';

/** Sends an action straight to an agent, as a hostile relay could. Returns the agent's answer. */
export async function deliver(
  rig: Rig,
  agent: { queueloc: string },
  action: string,
  queueloc = agent.queueloc,
): Promise<{ id: number; status: string; text: string }> {
  const id = await rig.plant(agent.queueloc);
  await rig.asRelay.sendCommand(agent.queueloc, commandJson(id, action, queueloc));
  return Object.assign({ id }, await rig.answerTo(id));
}
