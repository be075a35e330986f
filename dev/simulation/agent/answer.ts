import { answerJson, uniformOutcome } from '../../../agent/command/answer-json.ts';
import { actionDigest, authorize } from '../../../agent/command/authorize.ts';
import type { CommandOutcome } from '../../../agent/report/command-outcome.ts';
import { CANCELLED_BY_PLATFORM } from '../../../agent/run/outcome.ts';
import type { Command } from '../../../contract/command.ts';
import { errorMessage } from '../../../contract/errors.ts';
import { RawJson } from '../../../contract/go/json.ts';
import { MAX_RESULT_BYTES } from '../../../contract/limits.ts';
import type { ModuleResult } from '../../../contract/module-result.ts';
import { type Acl, COMMAND_REFUSED } from '../../../contract/rules/acl.ts';
import type { Keyring } from '../../../platform/openpgp/keyring.ts';
import type { Ledger } from '../ledger.ts';
import type { Behaviour } from './behaviours.ts';
import { type Processes, upgradeResult } from './upgrade.ts';

const FOUND: ModuleResult = {
  foundanything: true,
  success: true,
  elements: {},
  statistics: {},
  errors: null,
};

export interface AnswerDeps {
  keyring: Keyring;
  acl: Acl;
  ledger: Ledger;
  /** Bytes of elements that are added to each result. */
  answerBytes: number;
  /** The elements of results, as JSON text, by the module of the operation. */
  elements: Readonly<Record<string, string>>;
}

/** Returns the answers of one agent to a command: verified by the real agent's code, then falsified as it behaves. */
export async function answersOf(
  command: Command,
  agent: { queueloc: string; behaviour: Behaviour; processes: Processes },
  deps: AnswerDeps & { cancelled: AbortSignal },
): Promise<string[]> {
  const { queueloc, behaviour } = agent;
  const truth = answerJson(command, queueloc, await execute(command, agent, deps));
  switch (behaviour) {
    case 'lying':
      return [
        answerJson({ ...command, id: command.id + 1 }, queueloc, found(command, deps)),
        answerJson(command, `${queueloc}x`, found(command, deps)),
        truth,
        truth,
      ];
    case 'oversized':
      // The real agent never sends the first of them.
      return [truth.padEnd(MAX_RESULT_BYTES + 1, ' '), truth];
    default:
      return [truth];
  }
}

async function execute(
  command: Command,
  { queueloc, processes }: { queueloc: string; processes: Processes },
  deps: AnswerDeps & { cancelled: AbortSignal },
): Promise<CommandOutcome> {
  if (deps.cancelled.aborted)
    return uniformOutcome(command.action, { error: CANCELLED_BY_PLATFORM, status: 'cancelled' });
  try {
    await authorize(command.action, { ...deps, nowMs: Date.now(), signedTimeMs: 0 });
  } catch (error) {
    return uniformOutcome(command.action, { error: `${COMMAND_REFUSED}${errorMessage(error)}` });
  }
  deps.ledger.record({
    commandId: command.id,
    queueloc,
    actionDigest: actionDigest(command.action),
  });
  const upgraded = upgradeResult(command, processes);
  return upgraded ? { status: 'success', results: [upgraded] } : found(command, deps);
}

function found(command: Command, { answerBytes, elements }: AnswerDeps): CommandOutcome {
  const byDefault = answerBytes > 0 ? { found: 'x'.repeat(answerBytes) } : {};
  const resultOf = (module: string): ModuleResult => {
    const text = elements[module];
    // Text that was prepared once costs nothing to encode.
    return { ...FOUND, elements: text === undefined ? byDefault : new RawJson(text) };
  };
  return { status: 'success', results: command.action.operations.map(({ module }) => resultOf(module)) };
}
