import { getAction } from '../../contract/api/actions.ts';
import { getAgent } from '../../contract/api/agents.ts';
import { getCommand } from '../../contract/api/commands.ts';
import { MigError } from '../../contract/errors.ts';
import { shellWord } from '../../contract/text/shell-word.ts';
import { findRecordId } from '../api/find-record.ts';
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

/** Records with a name are shown by the commands that change them, too. */
const COMMANDS: Record<RecordType, Run> = {
  action: (args) =>
    showById(args, {
      type: 'action',
      load: async ({ api }, actionid) => (await api.call(getAction, { actionid, failures: true })).action,
      show: showAction,
    }),
  command: (args) =>
    showById(args, {
      type: 'command',
      load: async ({ api }, commandid) => (await api.call(getCommand, { commandid })).command,
      show: showCommand,
    }),
  agent: (args) =>
    showById(args, {
      type: 'agent',
      findId: ({ api }, word) => findRecordId(api, { kind: 'agent', word }),
      load: async ({ api }, agentid) => (await api.call(getAgent, { agentid })).agent,
      show: showAgent,
    }),
  investigator: showInvestigatorCommand,
  manifest: showManifestCommand,
  loader: showLoaderCommand,
};
const TYPES = Object.keys(COMMANDS) as RecordType[];

/** `mig show <what> <id>`: prints one record, with `--json` as the API sends it. */
export async function showCommandLine([what, ...rest]: readonly string[]): Promise<number> {
  return COMMANDS[requireOneOf('mig show: the word after it', what, TYPES)](rest);
}

interface Shown<T> {
  type: 'action' | 'command' | 'agent';
  /** The id of the record that a name means; undefined: records of this type are known by their ids alone. */
  findId?(session: CliSession, word: string): Promise<number>;
  load(session: CliSession, id: number): Promise<T>;
  /** Prints the record for people. */
  show(session: CliSession, record: T): void | Promise<void>;
}

async function showById<T>(args: readonly string[], { type, findId, load, show }: Shown<T>): Promise<number> {
  const usage = USAGES[`show ${type}`];
  const { options, words } = parseCommandLine(args, { usage, allowed: ['json'], words: [1, 1] });
  const [word = ''] = words;
  const isId = /^\d{1,16}$/.test(word);
  if (!isId && (findId === undefined || word === '')) {
    const list = type === 'action' && word !== '' ? `actions -name ${shellWord(word)}` : `${type}s`;
    throw new MigError(
      'usage',
      `${usage}; ${JSON.stringify(word)} is not an id: mig list ${list} lists them`,
    );
  }
  const session = await openSession(options);
  const id = isId || findId === undefined ? Number(word) : await findId(session, word);
  const record = await load(session, id);
  if (options.json) session.output.json(JSON.stringify(record));
  else await show(session, record);
  return EXIT.ok;
}
