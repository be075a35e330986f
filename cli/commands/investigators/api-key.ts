import { z } from 'zod';
import { readRecord } from '../../api/find-record.ts';
import { parseCommandLine, requireOneOf } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { confirm } from '../../terminal/ask.ts';
import { explainRefusal } from './explain-refusal.ts';
import { findInvestigator } from './find-investigator.ts';

const Issued = z.object({ apikey: z.string().regex(/^[A-Za-z0-9]{32}$/) });

/** `mig investigators apikey new|end <investigator>`: makes the key that programs send to the API, or ends it. */
export async function apiKeyCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['investigators apikey'],
    allowed: ['y', 'json'],
    words: [2, 2],
  });
  const [order, word = ''] = words;
  const isNew = requireOneOf('the word after apikey', order, ['new', 'end']) === 'new';
  const { api, output } = await openSession(options);
  const { id, name, apikey: before } = await findInvestigator(api, word);
  if (!isNew && before === undefined) {
    output.note(`investigator ${id} (${name}) has no API key: nothing was changed`);
    return EXIT.ok;
  }
  if (before !== undefined) {
    const question = `end the present API key of investigator ${id} (${name})?`;
    if (!(await confirm(question, options))) return EXIT.cancelled;
  }
  const form = { id: String(id), apikey: isNew ? 'active' : 'disabled' };
  const value = await api.post('investigator/update/', form).catch(explainRefusal);
  if (!isNew) {
    output.answer(`investigator ${id} (${name}) has no API key any more`);
    return EXIT.ok;
  }
  const { apikey } = readRecord('investigator', Issued, value);
  if (options.json) output.json(JSON.stringify({ id, name, apikey }));
  else output.answer(apikey);
  output.note(
    `this is the API key of investigator ${id} (${name}), which nobody can read again: store it now, mode 0600`,
  );
  output.note('programs send it as the header X-MIGAPIKEY; it cannot sign actions');
  return EXIT.ok;
}
