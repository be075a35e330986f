import { expect } from 'vitest';
import { type ActionOverrides, loadKey, signedAction } from '../../dev/api-caller.ts';
import { commandJson, type RawAnswer, type RelayClient } from '../../dev/simulation/relay-client.ts';
import type { AgentProcess } from './agent-process.ts';
import type { Slot } from './platform.ts';

/** Sends commands to one agent as the platform does, signed by Bob. */
export interface Commander {
  /** Sends an action's JSON. Returns the command's id. */
  send(actionJson: string, id?: number, queueloc?: string): Promise<number>;
  /** Sends an action signed by Bob. Returns the answer. */
  sendSigned(overrides?: ActionOverrides): Promise<RawAnswer>;
  nextId(): number;
  /** Checks that the agent still answers a good command. */
  expectServing(): Promise<void>;
}

/** Command ids of one test file must differ, so each commander has its own range. */
let commanders = 0;

export function createCommander(slot: Slot, relay: RelayClient, agent: AgentProcess): Commander {
  let next = 1_000_000 * ++commanders;
  const send: Commander['send'] = async (actionJson, id = next++, queueloc = agent.queueloc) => {
    expect(await relay.sendCommand(agent.queueloc, commandJson(id, actionJson, queueloc))).toBe('confirmed');
    return id;
  };
  const sendSigned = async (overrides: ActionOverrides = {}) => {
    const key = await loadKey(slot.people.bob);
    const id = next++;
    // The unique name makes it a new action: the agent runs each action only once.
    const action = await signedAction([key], { name: `command ${id}`, ...overrides });
    return relay.answerTo(await send(action, id));
  };
  return {
    send,
    sendSigned,
    nextId: () => next++,
    async expectServing() {
      const answer = await sendSigned();
      expect(answer).toMatchObject({ status: 'success', results: [{ foundanything: true }] });
    },
  };
}

export function errorsOf(answer: RawAnswer, operation = 0): string {
  return (answer.results[operation]?.errors ?? []).join('; ');
}
