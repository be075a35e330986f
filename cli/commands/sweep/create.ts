import { moduleNames } from '../../../contract/action.ts';
import { createSweep } from '../../../contract/api/sweep-changes.ts';
import { MigError } from '../../../contract/errors.ts';
import { parseNewSweep, type Sweep } from '../../../contract/sweep/document.ts';
import { signableOperations } from '../../../contract/sweep/run-actions.ts';
import { countOf } from '../../../contract/text/count-of.ts';
import { shellWord } from '../../../contract/text/shell-word.ts';
import { findModule } from '../../../modules/all-modules.ts';
import { refuseMistake } from '../../action/module-flags.ts';
import { confirmSignature } from '../../action/review.ts';
import { expandTarget } from '../../action/target.ts';
import { countAgents } from '../../api/api-client.ts';
import { type CommandLine, parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { type CliSession, openSession } from '../../session.ts';
import { buildDocument } from '../../sweep/build-document.ts';

const FLAGS = {
  checks: 'list',
  cron: 'string',
  tz: 'string',
  jitter: 'string',
  overlap: 'string',
  catchup: 'string',
  validity: 'string',
  description: 'string',
} as const;

/** `mig sweep create <name>`: signs a sweep and gives it to the platform; with -p prints what would be signed. */
export async function createSweepCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['sweep create'],
    flags: FLAGS,
    allowed: ['t', 'p', 'y', 'json'],
    words: [1, 1],
  });
  const session = await openSession(given.options);
  const { text, sweep } = readDocument(session, given);
  if (given.options.printAction) {
    session.output.json(text);
    return EXIT.ok;
  }
  await review(session, sweep);
  if (!(await confirmSignature(session))) return EXIT.cancelled;
  const { sweep: view } = await session.api.call(createSweep, {
    sweep: text,
    signatures: JSON.stringify([await session.signer.sign(text)]),
    operations: JSON.stringify(signableOperations(sweep.checks)),
  });
  if (given.options.json) session.output.json(JSON.stringify(view));
  else session.output.answer(`sweep ${view.name} created`, 'bold');
  session.output.note(
    `nothing runs until its runs are signed: mig sweep sign ${shellWord(view.name)} -until 90d signs those of 90 days`,
  );
  return EXIT.ok;
}

function readDocument(session: CliSession, given: CommandLine): { text: string; sweep: Sweep } {
  const { options, words } = given;
  if (options.target === undefined) {
    throw new MigError('usage', '-t is needed: the endpoints of the sweep; see mig help target');
  }
  const target = expandTarget(options.target, session.config.macros);
  const text = buildDocument(given, { name: words[0] ?? '', target });
  const sweep = parseNewSweep(text);
  for (const { id, action } of sweep.checks) {
    for (const { module, parameters } of action.operations) {
      const known = findModule(module);
      if (!known) throw new MigError('usage', `check '${id}': there is no module ${JSON.stringify(module)}`);
      refuseMistake(known, parameters);
    }
  }
  return { text, sweep };
}

async function review({ api, output }: CliSession, sweep: Sweep): Promise<void> {
  const modules = new Set(sweep.checks.flatMap(({ action }) => moduleNames(action)));
  const agents = await countAgents(api, sweep.target);
  output.note(`name       ${sweep.name}`);
  output.note(`target     ${sweep.target} (${countOf(agents, 'agent')} now)`);
  output.note(`schedule   ${sweep.cronExpressions.join(' and ')}, ${sweep.schedule.timezone}`);
  output.note(`checks     ${sweep.checks.length}, of the modules ${[...modules].sort().join(', ')}`);
}
