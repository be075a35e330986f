import { ActionView, readActionView } from '../../contract/answers.ts';
import { errorCode, MigError } from '../../contract/errors.ts';
import { loadTroubles, moduleFailures, troubleLines } from '../action/troubles.ts';
import type { ApiClient } from '../api/api-client.ts';
import { type OptionName, takeGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { type CliSession, openSession } from '../session.ts';
import { countersLine, type Output } from '../terminal/output.ts';

const LATEST = 20;

/** `mig status <id>`: how an action stands; without an id, the latest actions. */
export async function statusCommand(args: readonly string[]): Promise<number> {
  const { options, rest } = takeGlobalOptions(args, { takes: ['json'] });
  if (rest.length === 0) return listActions(await openSession(options));
  const { session, id } = await openWithId(args, 'status', ['json']);
  const { api, output } = session;
  const action = readActionView(await api.get(`action?actionid=${id}&failures=true`));
  if (options.json) {
    output.json(JSON.stringify(action));
    return EXIT.ok;
  }
  const troubles = await loadTroubles(api, action);
  printStatus(output, action, action.failures ?? moduleFailures(troubles));
  const more = `mig results ${action.id} prints its answers`;
  for (const line of troubleLines(troubles, more)) output.answer(line);
  return EXIT.ok;
}

function printStatus(output: Output, action: ActionView, failures: number): void {
  const { id, status, paused, reason, investigators } = action;
  output.answer(`action ${id}: ${status}${paused ? ' (paused)' : ''}${reason ? ` (${reason})` : ''}`, 'bold');
  output.answer(`  name       ${action.name}`);
  output.answer(`  target     ${action.target}`);
  output.answer(`  valid      ${action.validfrom} to ${action.expireafter}`);
  output.answer(`  signed by  ${investigators.map(({ name }) => name).join(', ')}`);
  output.answer(`  commands   ${countersLine(action.counters, failures)}`);
  output.answer(`  answers    mig results ${id} prints them, and why others did not answer`);
}

/** For whoever lost the id of an action with the terminal. */
async function listActions({ api, output, options }: CliSession): Promise<number> {
  const actions = await latestActions(api);
  if (options.json) output.json(JSON.stringify(actions.slice(0, LATEST)));
  else if (actions.length === 0) output.say('no action was launched yet');
  else for (const action of actions.slice(0, LATEST)) output.answer(actionLine(action));
  if (actions.length > LATEST) output.say(`the latest ${LATEST} actions; mig status <id> knows every one`);
  return EXIT.ok;
}

async function latestActions(api: ApiClient): Promise<unknown[]> {
  try {
    const items = await api.list(`search?type=action&limit=${LATEST + 1}`);
    return items.filter(({ name }) => name === 'action').map(({ value }) => value);
  } catch (error) {
    // A search that finds nothing is a 404, as in MIG.
    if (errorCode(error) === 'not_found') return [];
    throw error;
  }
}

function actionLine(record: unknown): string {
  const action = ActionView.safeParse(record);
  if (!action.success) return `action of unknown shape: ${JSON.stringify(record)}`;
  const { id, status, paused, expireafter, investigators, name } = action.data;
  const signers = investigators.map((investigator) => investigator.name).join(', ');
  return `${id}  ${status}${paused ? ' (paused)' : ''}  until ${expireafter}  by ${signers}  ${name}`;
}

/** `mig cancel|pause|resume <id>`: steers a running action. */
export async function steerCommand(
  verb: 'cancel' | 'pause' | 'resume',
  args: readonly string[],
): Promise<number> {
  const { session, id } = await openWithId(args, verb);
  await session.api.post(`action/${verb}/`, { actionid: id });
  session.output.answer(`action ${id}: ${verb} accepted`);
  return EXIT.ok;
}

/** The session for a command about one action, and the action's id. */
export async function openWithId(
  args: readonly string[],
  verb: keyof typeof USAGES,
  takes: readonly OptionName[] = [],
): Promise<{ session: CliSession; id: string }> {
  const { options, rest } = takeGlobalOptions(args, { takes });
  const [id, extra] = rest;
  if (id === undefined || !/^\d+$/.test(id) || extra !== undefined) {
    let why = '';
    if (extra !== undefined) why = `; unexpected word ${JSON.stringify(extra)}`;
    else if (id !== undefined) why = `; ${JSON.stringify(id)} is no action id: mig status lists them`;
    throw new MigError('usage', `${USAGES[verb]}${why}`);
  }
  return { session: await openSession(options), id };
}
