import { randomUUID } from 'node:crypto';
import type { Action } from '../../contract/action.ts';
import { actionText } from '../../contract/action-text.ts';
import { cancelAction, getAction } from '../../contract/api/actions.ts';
import { errorMessage } from '../../contract/errors.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { GlobalOptions } from '../options.ts';
import { type Asker, askYesNo } from '../terminal/ask.ts';
import { progressLine } from '../terminal/counters-line.ts';
import type { Output } from '../terminal/output.ts';
import { heldNote } from './brakes.ts';
import { postAction } from './post-action.ts';
import type { RowFormat } from './result-rows.ts';
import { printResults } from './results.ts';
import { findUpgrade } from './upgrade.ts';

interface Investigation {
  api: ApiClient;
  output: Output;
  options: GlobalOptions;
  asker: Asker;
}

/**
 * Posts a signed action, shows its progress until it ends or stops by itself, and prints its results. Returns the exit
 * code: that of what comes `afterwards`, if something does.
 */
export async function investigate(
  investigation: Investigation,
  action: Action,
  afterwards: (actionId: number) => Promise<number | undefined> = async () => undefined,
): Promise<number> {
  const { api, output, options } = investigation;
  const stop = new AbortController();
  let id: number | undefined;
  // From here on the first Ctrl-C only asks: the API may have the action before its id has arrived.
  const onInterrupt = () =>
    id === undefined ? output.note('the action is being sent') : void offerCancel(investigation, id, stop);
  process.on('SIGINT', onInterrupt);
  try {
    const posted = await postAction(api, {
      text: actionText(action),
      key: randomUUID(),
      brakes: options.brakes,
    });
    id = posted.id;
    output.note(`action ${id} launched, valid until ${posted.expireafter}, target: ${action.target}`);
    await followAction(investigation, id, stop.signal);
    process.off('SIGINT', onInterrupt);
    const exitCode = await printAction(investigation, id);
    return (await afterwards(id)) ?? exitCode;
  } catch (error) {
    if (id !== undefined) output.note(`action ${id} keeps running: mig results ${id} prints its answers`);
    throw error;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

/** Shows progress until the action ends or its brakes stop it, or until `signal` aborts. */
export async function followAction(
  { api, output }: Pick<Investigation, 'api' | 'output'>,
  id: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const progress of api.streamProgress(id, signal)) {
      output.live(progressLine(progress));
      if (isFinalAction(progress.status)) break;
      if (progress.brakes?.held) {
        output.endLive();
        output.note(`action ${id} has stopped by itself: ${heldNote(id)}`);
        break;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    output.endLive();
  }
}

/** Asks after Ctrl-C whether to cancel the action. A no, or a second Ctrl-C, only stops the progress. */
async function offerCancel(
  { api, output, asker }: Investigation,
  id: number,
  stop: AbortController,
): Promise<void> {
  output.endLive();
  const isCancel = asker.isPresent && (await askYesNo(`cancel action ${id} on all agents?`, { asker, stop }));
  if (!isCancel) {
    output.note(`action ${id} keeps running: mig results ${id} prints its answers, mig cancel ${id} ends it`);
    stop.abort();
    return;
  }
  try {
    await api.call(cancelAction, { actionid: id });
    output.note(`action ${id} is being cancelled`);
  } catch (error) {
    output.note(`action ${id} is not cancelled: ${errorMessage(error)}`);
  }
}

/** Prints the results of an action so far, and the progress of an upgrade. Returns the exit code. */
export async function printAction(
  investigation: Investigation & { rows?: RowFormat | undefined },
  id: number,
): Promise<number> {
  const { action } = await investigation.api.call(getAction, { actionid: id, failures: true });
  const isUpgrade = action.operations.some(({ module }) => module === 'upgrade');
  const upgrade = isUpgrade ? await findUpgrade(investigation, id) : undefined;
  return printResults(investigation, { action, upgrade });
}
