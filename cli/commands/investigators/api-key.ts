import { parseCommandLine, requireOneOf } from '../../command-line.ts';
import { USAGES } from '../../help/usages.ts';
import { endApiKey, makeApiKey } from '../../investigators/api-key.ts';
import { findInvestigator } from '../../investigators/find-investigator.ts';
import { openSession } from '../../session.ts';

/** `mig investigators apikey new|end <investigator>`: makes the key that programs send to the API, or ends it. */
export async function apiKeyCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['investigators apikey'],
    allowed: ['y', 'json'],
    words: [2, 2],
  });
  const [order, word = ''] = words;
  const change = { new: makeApiKey, end: endApiKey }[
    requireOneOf('the word after apikey', order, ['new', 'end'])
  ];
  const session = await openSession(options);
  return change(session, await findInvestigator(session.api, word));
}
