import { parseActionId } from '../action/parse-action-id.ts';
import { EXIT } from '../exit-codes.ts';
import { openSession } from '../session.ts';

/** `mig cancel|pause|resume <id>`: steers a running action. */
export async function steerCommand(
  verb: 'cancel' | 'pause' | 'resume',
  args: readonly string[],
): Promise<number> {
  const { options, id } = parseActionId(args, { command: verb });
  const { api, output } = await openSession(options);
  await api.post(`action/${verb}/`, { actionid: id });
  output.answer(`action ${id}: ${verb} accepted`);
  return EXIT.ok;
}
