import * as routes from '../../contract/api/actions.ts';
import type { Brakes, BrakesView } from '../../contract/brakes.ts';
import { MigError } from '../../contract/errors.ts';
import { unixMillis } from '../../contract/go/time.ts';
import { brakesLines, brakesStateLines, heldNote, limitNotes, loadBraked } from '../action/brakes.ts';
import { BRAKES_OPTIONS } from '../brakes-options.ts';
import { parseCommandLine } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { type CliSession, openSession } from '../session.ts';
import { fieldLines } from '../terminal/field-lines.ts';

/** `mig brakes <id>`: shows the brakes of an action, or with options replaces them. */
export async function brakesCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES.brakes;
  const { options, words, isOn } = parseCommandLine(args, {
    usage,
    flags: { lift: 'boolean' },
    allowed: ['json', ...BRAKES_OPTIONS],
    words: [1, 1],
  });
  const [id = ''] = words;
  if (!/^\d{1,15}$/.test(id)) {
    throw new MigError('usage', `${usage}; ${JSON.stringify(id)} is not an id: mig status lists actions`);
  }
  if (isOn('lift') && options.brakes !== undefined) {
    throw new MigError('usage', `-lift and other brakes cannot be used together; ${usage}`);
  }
  const settings = isOn('lift') ? {} : options.brakes;
  const session = await openSession(options);
  const brakes =
    settings === undefined
      ? (await loadBraked(session.api, Number(id))).brakes
      : (await session.api.call(routes.changeBrakes, { actionid: Number(id), brakes: settings })).brakes;
  print(session, id, brakes);
  if (options.brakes !== undefined) await noteLimits(session, Number(id), options.brakes);
  return EXIT.ok;
}

/** Prints what the new brakes will not do for the agents that have not answered. */
async function noteLimits({ api, output }: CliSession, id: number, brakes: Brakes): Promise<void> {
  const { action } = await loadBraked(api, id);
  const { inflight: agents = 0 } = action.counters;
  const withinMs = unixMillis(action.expireafter) - Date.now();
  for (const note of limitNotes(brakes, { agents, withinMs })) output.note(note);
}

function print({ output, options }: CliSession, id: string, brakes: BrakesView | undefined): void {
  if (options.json) {
    output.json(JSON.stringify(brakes ?? null));
    return;
  }
  if (brakes === undefined) {
    output.answer(`action ${id} has no brakes`);
    return;
  }
  output.answer(`brakes of action ${id}`, 'bold');
  const fields = [
    ['brakes', brakesLines(brakes.settings)],
    ['now', brakesStateLines(brakes)],
  ] as const;
  for (const line of fieldLines(fields)) output.answer(line);
  if (brakes.held) output.note(heldNote(id));
}
