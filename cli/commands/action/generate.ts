import { actionText } from '../../../contract/action-text.ts';
import { prettyActionText } from '../../action/action-text.ts';
import { refuseUnsendable, signReviewed } from '../../action/launch.ts';
import { withWindow } from '../../action/window.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { readActionRequest } from './read-request.ts';

/** `mig action generate`: makes an action, signs it and prints it. */
export async function generateActionCommand(args: readonly string[]): Promise<number> {
  const request = readActionRequest(args, {
    usage: USAGES['action generate'],
    switches: { urlencode: 'boolean', nolaunch: 'boolean' },
    allowed: ['t', 'n', 'p', 'y'],
  });
  const session = await openSession({ ...request.options, signOnly: true });
  const action = withWindow(request.load(session.config.macros), session.options);
  await refuseUnsendable(session, action);
  const signed = await signReviewed(session, action);
  if (signed === undefined) return EXIT.cancelled;
  const text = session.options.printAction ? prettyActionText(signed) : actionText(signed);
  if (request.isOn('urlencode')) session.output.answer(urlEncoded(text));
  else session.output.json(text);
  return EXIT.ok;
}

/** As Go's url.QueryEscape, which MIG's generator uses. */
function urlEncoded(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
