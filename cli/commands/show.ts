import { MigError } from '../../contract/errors.ts';
import { parseCommandLine, requireOneOf } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import type { RecordType } from '../search/search-filters.ts';
import { type CliSession, openSession } from '../session.ts';
import { showAction } from '../show/show-action.ts';
import { showAgent } from '../show/show-agent.ts';
import { showCommand } from '../show/show-command.ts';
import { showInvestigatorCommand } from './investigators/show.ts';
import { showLoaderCommand } from './loaders/show.ts';
import { showManifestCommand } from './manifests/show.ts';

type Run = (args: readonly string[]) => Promise<number>;
/** Prints a record for people; throws `unavailable` when it has another shape. */
type ShowRecord = (session: CliSession, record: unknown) => void | Promise<void>;

/** Records with a name are shown by the commands that change them, too. */
const COMMANDS: Record<RecordType, Run> = {
  action: (args) => showById('action', args, showAction),
  command: (args) => showById('command', args, showCommand),
  agent: (args) => showById('agent', args, showAgent),
  investigator: showInvestigatorCommand,
  manifest: showManifestCommand,
  loader: showLoaderCommand,
};
const TYPES = Object.keys(COMMANDS) as RecordType[];

/** `mig show <what> <id>`: prints one record, with `--json` as the API sends it. */
export async function showCommandLine([what, ...rest]: readonly string[]): Promise<number> {
  return COMMANDS[requireOneOf('mig show: the word after it', what, TYPES)](rest);
}

async function showById(
  type: 'action' | 'command' | 'agent',
  args: readonly string[],
  show: ShowRecord,
): Promise<number> {
  const usage = USAGES[`show ${type}`];
  const { options, words } = parseCommandLine(args, { usage, allowed: ['json'], words: [1, 1] });
  const [id = ''] = words;
  if (!/^\d{1,16}$/.test(id)) {
    throw new MigError('usage', `${usage}; ${JSON.stringify(id)} is not an id: mig list ${type}s lists them`);
  }
  const session = await openSession(options);
  const failures = type === 'action' ? '&failures=true' : '';
  const record = await session.api.get(`${type}?${type}id=${id}${failures}`);
  if (options.json) session.output.json(JSON.stringify(record));
  else await show(session, record);
  return EXIT.ok;
}
