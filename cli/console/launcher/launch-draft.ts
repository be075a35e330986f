import { randomUUID } from 'node:crypto';
import { actionText } from '../../../contract/action-text.ts';
import { MigError } from '../../../contract/errors.ts';
import { followAction } from '../../action/investigate.ts';
import { launch } from '../../action/launch.ts';
import { postAction } from '../../action/post-action.ts';
import { requireOneOf } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { askYesNo } from '../../terminal/ask.ts';
import type { Call, Step } from '../order.ts';
import type { Draft } from './draft.ts';

/** `launch [nofollow]`: signs and posts the action, follows it, and opens its reader. */
export async function launchDraft(call: Call, draft: Draft): Promise<Step | undefined> {
  const { words, session, interrupts } = call;
  const isFollowed = words[0] === undefined;
  if (!isFollowed) requireOneOf('launch: the word after it', words[0], ['nofollow']);
  refuseIncomplete(draft);
  const { action, file } = draft;
  const options = { ...session.options, target: action.target, inputFile: file };
  let id: number | undefined;
  await launch({ ...session, options }, action, {
    isReviewed: file === undefined,
    reconsider: () => reconsider(call, draft),
    async send({ api, output }, signed) {
      const post = { text: actionText(signed), key: randomUUID() };
      const posted = await interrupts.shield('the action is being sent', () => postAction(api, post));
      id = posted.id;
      output.note(`action ${id} launched, valid until ${posted.expireafter}`);
      return EXIT.ok;
    },
  });
  if (id === undefined) return undefined;
  if (isFollowed) await follow(call, id);
  return { replace: { mode: 'action', word: String(id) } };
}

function refuseIncomplete({ action }: Draft): void {
  const missing = [
    action.name === '' && 'the action has no name: setname <name>',
    action.target === '' && 'the action has no target: settarget <target>',
    action.operations.length === 0 && 'the action asks nothing: addoperation <module>',
  ].find(Boolean);
  if (missing) throw new MigError('usage', missing);
}

/** Asks unless the number of agents has been shown since `settarget`. */
async function reconsider({ session: { asker, output } }: Call, { isCounted }: Draft): Promise<boolean> {
  if (isCounted || (await askYesNo('launch it?', { asker }))) return true;
  output.note('nothing was launched');
  return false;
}

/** Ctrl-C stops only the following, not the action or the console. */
async function follow({ session, interrupts }: Call, id: number): Promise<void> {
  const { signal } = interrupts;
  await followAction(session, id, signal);
  if (!signal.aborted) return;
  interrupts.renew();
  session.output.note(`action ${id} keeps running: counters asks again, mig cancel ${id} ends it`);
}
