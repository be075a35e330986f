import { updateInvestigator } from '../../contract/api/investigators.ts';
import type { InvestigatorView } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliSession } from '../session.ts';
import { confirm } from '../terminal/ask.ts';
import { explainRefusal } from './explain-refusal.ts';

const API_KEY = /^[A-Za-z0-9]{32}$/;

/** Makes the key that the programs of an investigator send to the API, and prints it once. Returns the exit code. */
export async function makeApiKey(session: CliSession, investigator: InvestigatorView): Promise<number> {
  const { api, output, options } = session;
  const { id, name } = investigator;
  if (investigator.apikey !== undefined && !(await confirmEnd(session, investigator))) return EXIT.cancelled;
  const changed = await api.call(updateInvestigator, { id, apikey: 'active' }).catch(explainRefusal);
  const { apikey } = changed.investigator;
  if (apikey === undefined || !API_KEY.test(apikey)) {
    throw new MigError('unavailable', 'the API sent no API key, or one of an unknown form');
  }
  if (options.json) output.json(JSON.stringify({ id, name, apikey }));
  else output.answer(apikey);
  output.note(
    `this is the API key of investigator ${id} (${name}), which nobody can read again: store it now, mode 0600`,
  );
  if (investigator.apikey !== undefined) output.note('the key before it is no longer accepted');
  output.note('programs send it as the header X-MIGAPIKEY; it cannot sign actions');
  return EXIT.ok;
}

/** Ends the API key of an investigator. Returns the exit code. */
export async function endApiKey(session: CliSession, investigator: InvestigatorView): Promise<number> {
  const { api, output } = session;
  const { id, name } = investigator;
  if (investigator.apikey === undefined) {
    output.note(`investigator ${id} (${name}) has no API key: nothing was changed`);
    return EXIT.ok;
  }
  if (!(await confirmEnd(session, investigator))) return EXIT.cancelled;
  await api.call(updateInvestigator, { id, apikey: 'disabled' }).catch(explainRefusal);
  output.answer(`investigator ${id} (${name}) has no API key any more`);
  return EXIT.ok;
}

function confirmEnd(session: CliSession, { id, name }: InvestigatorView): Promise<boolean> {
  return confirm(`end the present API key of investigator ${id} (${name})?`, session);
}
