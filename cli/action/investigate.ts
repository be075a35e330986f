import { randomUUID } from 'node:crypto';
import type { Action } from '../../contract/action.ts';
import { readActionView } from '../../contract/answers.ts';
import { errorMessage } from '../../contract/errors.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { GlobalOptions } from '../arguments.ts';
import { askYesNo } from '../terminal/ask.ts';
import type { Output } from '../terminal/output.ts';
import { actionText } from './build-action.ts';
import { printResults } from './results.ts';
import { findUpgrade } from './upgrade.ts';

interface Investigation {
  api: ApiClient;
  output: Output;
  options: GlobalOptions;
}

/** Posts a signed action, follows it, and prints what it found. Returns the exit code. */
export async function investigate(investigation: Investigation, action: Action): Promise<number> {
  const { api, output } = investigation;
  const stop = new AbortController();
  let id: number | undefined;
  // From here on a first Ctrl-C ends nothing: the action may be with the API before its id is here.
  const onInterrupt = () =>
    id === undefined ? output.say('the action is on its way') : void offerCancel(investigation, id, stop);
  process.on('SIGINT', onInterrupt);
  try {
    const form = { action: actionText(action) };
    const posted = readActionView(
      await api.post('action/create/', form, { 'Idempotency-Key': randomUUID() }),
    );
    id = posted.id;
    output.say(`action ${id} launched, valid until ${posted.expireafter}, target: ${action.target}`);
    await followAction(investigation, id, stop.signal);
    process.off('SIGINT', onInterrupt);
    return await printAction(investigation, id);
  } catch (error) {
    if (id !== undefined) output.say(`action ${id} goes on: mig results ${id} prints its answers`);
    throw error;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

/** Prints what an action has come to; an upgrade is more than its first answers. */
export async function printAction(investigation: Investigation, id: number): Promise<number> {
  const action = readActionView(await investigation.api.get(`action?actionid=${id}&failures=true`));
  const isUpgrade = action.operations.some(({ module }) => module === 'upgrade');
  const upgrade = isUpgrade ? await findUpgrade(investigation, String(id)) : undefined;
  return printResults(investigation, action, upgrade);
}

/** Follows to the end. Ctrl-C asks whether to cancel the action; a second one leaves it running and stops following. */
async function followAction({ api, output }: Investigation, id: number, signal: AbortSignal): Promise<void> {
  try {
    for await (const progress of api.follow(id, signal)) {
      output.progress(progress);
      if (isFinalAction(progress.status)) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    output.endProgress();
  }
}

async function offerCancel({ api, output }: Investigation, id: number, stop: AbortController): Promise<void> {
  const leave = () => {
    output.say(
      `stopped following; action ${id} goes on (mig cancel ${id} ends it); mig results ${id} prints its answers`,
    );
    stop.abort();
  };
  output.endProgress();
  if (!process.stdin.isTTY) return leave();
  if (!(await askYesNo(`cancel action ${id} on all agents?`, stop))) return leave();
  try {
    await api.post('action/cancel/', { actionid: String(id) });
    output.say(`action ${id} is being cancelled`);
  } catch (error) {
    output.say(`action ${id} is not cancelled: ${errorMessage(error)}`);
  }
}
