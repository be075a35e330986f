import { type Import, reachable } from './imports.ts';

/** One file of a journey. Without `joinedBy` or `border` an import joins it to the file before, in either direction. */
export interface Step {
  file: string;
  does: string;
  /** A file that imports this step and the one before, and joins them. */
  joinedBy?: string;
  /** A process border before this step, and a file that this step and one before the border use. */
  border?: { name: string; shares: string };
}

export interface Journey {
  title: string;
  steps: Step[];
}

export const JOURNEYS: Journey[] = [
  {
    title: 'From POST to module',
    steps: [
      { file: 'api/routes/action.ts', does: 'receives `POST /api/v1/action/create/`' },
      {
        file: 'api/actions/accept-action.ts',
        does: 'validates the action, verifies its signatures, checks and plans its target',
      },
      {
        file: 'api/actions/store-action.ts',
        does: 'stores the action with its signatures in one transaction, and verifies what was stored',
      },
      {
        file: 'api/actions/start-workflow.ts',
        does: 'starts the workflow after the answer; the reconciler does when Temporal is away',
      },
      { file: 'platform/temporal/start-action.ts', does: 'starts the workflow `action-<id>`' },
      {
        file: 'workflows/action-workflow.ts',
        border: { name: 'Temporal', shares: 'contract/names.ts' },
        does: 'orders the steps of the action',
      },
      { file: 'activities/register.ts', does: 'lists the activities that a workflow can call' },
      { file: 'activities/dispatch.ts', does: 'reads the commands of the action page by page' },
      { file: 'activities/publish-commands.ts', does: 'turns each into a message for one endpoint' },
      { file: 'platform/rabbitmq/publish.ts', does: 'publishes it and waits for its confirmation' },
      {
        file: 'agent/relay/consume-commands.ts',
        border: { name: 'AMQP, exchange `toagents`', shares: 'contract/names.ts' },
        does: "consumes the agent's queues",
      },
      { file: 'agent/command/handle-message.ts', does: 'journals each command and acknowledges it' },
      { file: 'agent/command/accept.ts', does: 'before that, accepts or refuses it, and refuses replays' },
      { file: 'agent/command/authorize.ts', does: 'verifies signatures, validity and ACL' },
      {
        file: 'agent/command/run-command.ts',
        joinedBy: 'agent/command/handle-message.ts',
        does: 'records the start in report and journal',
      },
      { file: 'agent/command/execute.ts', does: 'runs the operations in parallel' },
      { file: 'agent/run/module-runner.ts', does: 'starts a child process per operation, within limits' },
      {
        file: 'agent/run/module-child.ts',
        border: { name: 'a child process, stdin', shares: 'modules/protocol.ts' },
        does: 'reads the parameters',
      },
      { file: 'modules/registry.ts', does: 'loads the module by its name' },
      { file: 'modules/list.ts', does: 'has a line for each module' },
      { file: 'modules/file/module.ts', does: 'loads the half that runs on an endpoint' },
      { file: 'modules/file/run.ts', does: 'searches, here for files' },
    ],
  },
  {
    title: 'From result to workflow',
    steps: [
      { file: 'agent/run/module-child.ts', does: 'prints the result as one JSON value' },
      {
        file: 'agent/run/module-runner.ts',
        border: { name: 'a child process, stdout', shares: 'contract/module-result.ts' },
        does: 'reads the result, or says why there is none',
      },
      { file: 'agent/command/execute.ts', does: 'joins the results of all operations into one answer' },
      { file: 'agent/command/run-command.ts', does: 'records the end of the command in the report' },
      {
        file: 'agent/command/journal/journal.ts',
        joinedBy: 'agent/command/open-handler.ts',
        does: 'stores the answer on disk',
      },
      {
        file: 'agent/relay/delivery.ts',
        joinedBy: 'agent/lifecycle/link-to-relay.ts',
        does: 'sends the answer until the relay has confirmed it',
      },
      { file: 'platform/rabbitmq/publish.ts', does: 'publishes it' },
      {
        file: 'platform/rabbitmq/topology.ts',
        border: { name: 'AMQP, exchange `toschedulers`', shares: 'contract/names.ts' },
        does: 'binds the queue of answers',
      },
      { file: 'worker/collector.ts', does: 'consumes answers in batches' },
      { file: 'activities/results.ts', does: 'parses the answers' },
      {
        file: 'platform/postgres/queries/commands/answers.ts',
        does: 'stores a batch in one statement, each answer at most once',
      },
      {
        file: 'worker/collector.ts',
        joinedBy: 'worker/start-worker.ts',
        does: 'acknowledges the batch, then signals each workflow through a gate in the database',
      },
      {
        file: 'workflows/action-workflow.ts',
        border: { name: 'Temporal, signal `wake`', shares: 'workflows/messages.ts' },
        does: 'wakes, counts again, and ends the action when nothing waits',
      },
      { file: 'workflows/action-run.ts', does: 'calls the short activities' },
      { file: 'activities/register.ts', does: 'lists them' },
      { file: 'activities/action.ts', does: 'counts in Postgres, and records the end' },
    ],
  },
  {
    title: 'From CLI option to parameters',
    steps: [
      { file: 'cli/commands/run-cli-command.ts', does: 'picks the command by the first word' },
      { file: 'cli/commands/module.ts', does: 'runs the steps of one investigation' },
      { file: 'cli/commands/module-line.ts', does: 'parses the operations of its command line' },
      { file: 'cli/arguments.ts', does: 'separates the options of `mig` from the flags of the module' },
      {
        file: 'modules/all-modules.ts',
        joinedBy: 'cli/commands/module-line.ts',
        does: 'loads all modules, and finds one by its name',
      },
      { file: 'modules/list.ts', does: 'has a line for each module' },
      { file: 'modules/file/module.ts', does: 'names its schema, flags and texts' },
      { file: 'modules/define-module.ts', does: 'makes the parser of its flags' },
      { file: 'contract/go/flags.ts', does: 'parses them as Go does' },
      {
        file: 'modules/file/parameters/schema.ts',
        joinedBy: 'modules/file/module.ts',
        does: 'defines the parameters for `mig`, API and agent',
      },
      {
        file: 'cli/action/module-flags.ts',
        joinedBy: 'cli/commands/module-line.ts',
        does: 'refuses what can only be a mistake',
      },
      {
        file: 'cli/action/build-action.ts',
        joinedBy: 'cli/commands/module.ts',
        does: 'puts the parameters into the operation of an action',
      },
      {
        file: 'agent/command/execute.ts',
        border: { name: 'HTTPS, then the first journey', shares: 'contract/action.ts' },
        does: 'inflates compressed parameters',
      },
      { file: 'agent/run/module-runner.ts', does: 'writes them to the child process' },
      {
        file: 'agent/run/module-child.ts',
        border: { name: 'a child process, stdin', shares: 'modules/protocol.ts' },
        does: 'reads them',
      },
      { file: 'modules/registry.ts', does: 'loads the module' },
      { file: 'modules/list.ts', does: 'has a line for each module' },
      { file: 'modules/file/module.ts', does: 'loads the half that runs on an endpoint' },
      { file: 'modules/file/run.ts', does: 'parses them with the same schema' },
      { file: 'modules/file/search-run.ts', does: 'creates what the steps of the run share' },
      { file: 'modules/file/plan/plan.ts', does: 'turns each search into a plan with its checks' },
    ],
  },
];

/** One sentence for each file that does not exist, and for each step that nothing joins to the one before. */
export function journeyProblems(journeys: readonly Journey[], imports: readonly Import[]): string[] {
  const files = new Set(imports.flatMap(({ file, target }) => [file, target]));
  return journeys.flatMap(({ title, steps }) =>
    steps.flatMap((step, index) => {
      const named = [step.file, step.joinedBy, step.border?.shares];
      const missing = named.filter((file) => file !== undefined && !files.has(file));
      if (missing.length > 0) return missing.map((file) => `${title}: there is no file ${file}`);
      const before = steps.slice(0, index);
      const previous = before.at(-1)?.file;
      if (previous === undefined || isJoined(step, { previous, before, imports })) return [];
      return [`${title}: nothing joins ${previous} to ${step.file}`];
    }),
  );
}

function isJoined(
  { file, joinedBy, border }: Step,
  { previous, before, imports }: { previous: string; before: readonly Step[]; imports: readonly Import[] },
): boolean {
  const doesReach = (from: string, to: string) => from === to || reachable(from, imports).has(to);
  const doesImport = (from: string, to: string) =>
    imports.some((one) => one.file === from && one.target === to);
  if (border !== undefined) {
    return doesReach(file, border.shares) && before.some((one) => doesReach(one.file, border.shares));
  }
  if (joinedBy === undefined) return doesImport(previous, file) || doesImport(file, previous);
  return (
    doesReach(joinedBy, previous) &&
    doesReach(joinedBy, file) &&
    (doesImport(joinedBy, previous) || doesImport(joinedBy, file))
  );
}

export function renderJourneys(): string {
  return JOURNEYS.map(({ title, steps }) =>
    [`### ${title}`, '', ...steps.flatMap(renderStep)].join('\n'),
  ).join('\n\n');
}

function renderStep({ file, does, joinedBy, border }: Step): string[] {
  const crossing = border === undefined ? [] : [`- _${border.name}_, by \`${border.shares}\``];
  const joint = joinedBy === undefined ? '' : `, through \`${joinedBy}\``;
  return [...crossing, `- \`${file}\` ${does}${joint}`];
}
