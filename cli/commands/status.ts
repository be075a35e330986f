import { MigError } from '../../contract/errors.ts';
import { ActionView } from '../api-client.ts';
import { takeGlobalOptions } from '../arguments.ts';
import { EXIT } from '../investigate.ts';
import { countersLine } from '../output.ts';
import { openSession } from '../session.ts';

/** `mig status <id>`: how an action stands. */
export async function statusCommand(args: readonly string[]): Promise<number> {
  const { session, id } = await openWithId(args, 'status');
  const action = ActionView.parse(await session.api.get(`action?actionid=${id}`));
  if (session.options.json) {
    session.output.json(JSON.stringify(action));
    return EXIT.ok;
  }
  const { output } = session;
  output.answer(`action ${action.id}: ${action.status}${action.reason ? ` (${action.reason})` : ''}`, 'bold');
  output.answer(`  name       ${action.name}`);
  output.answer(`  target     ${action.target}`);
  output.answer(`  valid      ${action.validfrom} to ${action.expireafter}`);
  output.answer(`  signed by  ${action.investigators.map(({ name }) => name).join(', ')}`);
  output.answer(`  commands   ${countersLine(action.counters)}`);
  return EXIT.ok;
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
export async function openWithId(args: readonly string[], verb: string) {
  const { options, rest } = takeGlobalOptions(args, {});
  const [id, extra] = rest;
  if (id === undefined || !/^\d+$/.test(id) || extra !== undefined)
    throw new MigError('usage', `usage: mig ${verb} <action id>`);
  return { session: await openSession(options), id };
}
