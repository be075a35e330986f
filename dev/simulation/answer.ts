import { actionDigest, authorize } from '../../agent/command/authorize.ts';
import { answerJson, refusal } from '../../agent/command/execute.ts';
import type { Executed } from '../../agent/report/executed.ts';
import { CANCELLED_BY_PLATFORM } from '../../agent/run/module-runner.ts';
import type { Command, ModuleResult } from '../../contract/command.ts';
import { errorMessage } from '../../contract/errors.ts';
import { MAX_RESULT_BYTES } from '../../contract/limits.ts';
import type { Acl } from '../../contract/rules/acl.ts';
import type { Keyring } from '../../platform/openpgp/keyring.ts';
import type { Behaviour } from './behaviours.ts';
import type { Ledger } from './ledger.ts';
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
  /** Bytes of elements in each result beside what a small answer has. */
  answerBytes: number;
}

/** What one agent sends back for a command: verified as the agent verifies, run at most once, told as it behaves. */
export async function answersOf(
  command: Command,
  agent: { queueloc: string; behaviour: Behaviour; processes: Processes },
  deps: AnswerDeps & { cancelled: AbortSignal },
): Promise<string[]> {
  const { queueloc, behaviour } = agent;
  const truth = answerJson(command, queueloc, await outcomeOf(command, agent, deps));
  switch (behaviour) {
    case 'lying':
      return [
        answerJson({ ...command, id: command.id + 1 }, queueloc, found(command, deps)),
        answerJson(command, `${queueloc}x`, found(command, deps)),
        truth,
        truth,
      ];
    case 'oversized':
      // What our agent would never send, then what it makes of a result that is too large.
      return [truth.padEnd(MAX_RESULT_BYTES + 1, ' '), truth];
    default:
      return [truth];
  }
}

async function outcomeOf(
  command: Command,
  { queueloc, processes }: { queueloc: string; processes: Processes },
  deps: AnswerDeps & { cancelled: AbortSignal },
): Promise<Executed> {
  if (deps.cancelled.aborted) return refusal(command.action, CANCELLED_BY_PLATFORM, 'cancelled');
  try {
    await authorize(command.action, { ...deps, nowMs: Date.now(), signedTimeMs: 0 });
  } catch (error) {
    return refusal(command.action, errorMessage(error));
  }
  deps.ledger.begin(command.id, queueloc, actionDigest(command.action));
  const upgraded = upgradeResult(command, processes);
  return upgraded ? { status: 'success', results: [upgraded] } : found(command, deps);
}

function found(command: Command, { answerBytes }: AnswerDeps): Executed {
  const elements = answerBytes > 0 ? { found: 'x'.repeat(answerBytes) } : {};
  return { status: 'success', results: command.action.operations.map(() => ({ ...FOUND, elements })) };
}
