import { cancelAction, pauseAction, resumeAction } from '../../contract/api/actions.ts';
import { parseActionId } from '../action/parse-action-id.ts';
import { EXIT } from '../exit-codes.ts';
import { openSession } from '../session.ts';

const ORDERS = { cancel: cancelAction, pause: pauseAction, resume: resumeAction };

/** `mig cancel|pause|resume <id>`: steers a running action. */
export async function steerCommand(verb: keyof typeof ORDERS, args: readonly string[]): Promise<number> {
  const { options, id } = parseActionId(args, { command: verb });
  const { api, output } = await openSession(options);
  await api.call(ORDERS[verb], { actionid: id });
  output.answer(`action ${id}: ${verb} accepted`);
  return EXIT.ok;
}
