import { randomUUID } from 'node:crypto';
import type { Action } from '../../../contract/action.ts';
import { actionText } from '../../../contract/action-text.ts';
import { investigate } from '../../action/investigate.ts';
import { launch } from '../../action/launch.ts';
import { postAction } from '../../action/post-action.ts';
import { BRAKES_OPTIONS } from '../../brakes-options.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { type CliSession, openSession } from '../../session.ts';
import { readActionRequest } from './read-request.ts';

/** `mig action launch`: makes an action, signs it and launches it. */
export async function launchActionCommand(args: readonly string[]): Promise<number> {
  const request = readActionRequest(args, {
    usage: USAGES['action launch'],
    switches: { nofollow: 'boolean' },
    allowed: ['t', 'n', 'y', 'show', 'json', ...BRAKES_OPTIONS],
  });
  const session = await openSession(request.options);
  const send = request.isOn('nofollow') ? postOnly : investigate;
  return launch(session, request.load(session.config.macros), { send });
}

/** Prints the line of MIG's action generator, which scripts read. */
async function postOnly({ api, output, options }: CliSession, action: Action): Promise<number> {
  const posted = await postAction(api, {
    text: actionText(action),
    key: randomUUID(),
    brakes: options.brakes,
  });
  if (options.json) output.json(JSON.stringify(posted));
  else output.answer(`Successfully launched action ${posted.id}`);
  output.note(`valid until ${posted.expireafter}; mig results ${posted.id} prints its answers`);
  return EXIT.ok;
}
