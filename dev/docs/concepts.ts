/** One statement of MIG's concepts document: the files that build it, the tests that show it. */
export interface Concept {
  statement: string;
  built: string[];
  shown: string[];
  /** A deviation, or a detail that the paths do not tell. */
  note?: string;
}

/** In the order of the document. */
export const CONCEPTS: Concept[] = [
  {
    statement: 'All actions require PGP signatures',
    built: ['api/actions/accept-action.ts', 'agent/command/authorize.ts'],
    shown: ['test/integration/bad-input.test.ts', 'test/e2e/agent-commands.test.ts'],
  },
  {
    statement: 'Sensitive actions can require signatures from several investigators',
    built: ['contract/rules/acl.ts'],
    shown: ['test/unit/contract/rules/acl.test.ts', 'test/e2e/cli.test.ts'],
  },
  {
    statement: 'An attacker who takes over the server cannot send actions to agents',
    built: ['agent/command/authorize.ts'],
    shown: ['test/e2e/agent-commands.test.ts', 'test/security/relay-rights.test.ts'],
  },
  {
    statement: 'Investigators keep their own private keys',
    built: ['cli/config.ts', 'platform/postgres/migrations/0001_schema.sql'],
    shown: ['test/security/database-rights.test.ts'],
  },
  {
    statement: 'Raw data is never retrieved',
    built: ['modules/file/result/match.ts'],
    shown: ['test/e2e/conformance.test.ts'],
    note: 'Results contain metadata only.',
  },
  {
    statement: 'End users can request reports',
    built: ['agent/report/report.ts'],
    shown: ['test/e2e/agent-modes.test.ts', 'test/unit/agent/report/report.test.ts'],
    note: '`mig-agent report` prints the report.',
  },
  {
    statement: 'An agent that crashes recovers and reconnects indefinitely',
    built: [
      'platform/rabbitmq/session.ts',
      'agent/command/journal/journal.ts',
      'agent/lifecycle/daemonize.ts',
    ],
    shown: [
      'test/e2e/agent-commands.test.ts',
      'test/e2e/agent-faults.test.ts',
      'test/e2e/agent-modes.test.ts',
    ],
  },
  {
    statement: 'A new platform can be rebuilt without backups of relay and scheduler',
    built: ['worker/publishing.ts', 'worker/reconciler.ts'],
    shown: ['test/integration/recovery.test.ts'],
  },
  {
    statement: 'Investigator, agent, module, relay, database, API, client',
    built: ['README.md', 'docs/glossary.md'],
    shown: [],
  },
  {
    statement: 'Scheduler',
    built: ['worker/start-worker.ts'],
    shown: [],
    note: 'The scheduler is a role and a key, not a process. Temporal workflows do its work.',
  },
  {
    statement: 'Worker: an extension that acts on events of the relay',
    built: [],
    shown: [],
    note: 'Not built yet: `eventworkers/` comes with the first of them.',
  },
  {
    statement: "The API writes the action into the scheduler's spool over NFS",
    built: ['api/actions/accept-action.ts'],
    shown: ['test/integration/recovery.test.ts'],
    note: 'Deviation: there is no spool. One transaction stores the action, then the API starts a workflow.',
  },
  {
    statement: 'The scheduler creates one command per target agent',
    built: [
      'platform/postgres/migrations/0003_resolve.sql',
      'platform/postgres/queries/commands/commands.ts',
    ],
    shown: ['test/integration/api.test.ts'],
  },
  {
    statement: 'Each agent listens on its own queue',
    built: ['platform/rabbitmq/topology.ts'],
    shown: ['test/e2e/agent-commands.test.ts'],
  },
  {
    statement: 'Agents return results through the same relay on another queue',
    built: ['agent/relay/delivery.ts', 'worker/collector.ts'],
    shown: ['test/integration/collector.test.ts'],
  },
  {
    statement: 'Agents send heartbeats at regular intervals over the relay',
    built: ['agent/relay/heartbeat.ts'],
    shown: ['test/integration/collector.test.ts'],
  },
  {
    statement: 'Investigators talk to the API over HTTPS',
    built: ['api/start-api.ts', 'api/config.ts'],
    shown: ['test/unit/api/config.test.ts'],
  },
  {
    statement: 'An action is JSON with name, target, threat, description, operations and syntaxversion',
    built: ['contract/action.ts'],
    shown: ['test/e2e/cli.test.ts'],
    note: 'The test runs the action of the document verbatim.',
  },
  {
    statement: '`syntaxversion` should be 2',
    built: ['contract/rules/validity.ts'],
    shown: ['test/integration/bad-input.test.ts'],
  },
  {
    statement: 'The target is a Postgres WHERE condition',
    built: ['platform/postgres/target/target.ts'],
    shown: ['test/integration/api.test.ts', 'test/unit/platform/postgres/target/target.test.ts'],
    note: 'The tests run every example of the document.',
  },
  {
    statement: "`os='linux'`, `os='darwin'`",
    built: ['platform/postgres/migrations/0001_schema.sql'],
    shown: ['test/integration/api.test.ts'],
    note: 'A generated column, which MIG lacks.',
  },
  {
    statement: 'A second action targets the agents on which action 1 found something',
    built: ['platform/postgres/target/allow-list.ts', 'cli/action/target.ts'],
    shown: ['test/integration/api.test.ts', 'test/e2e/cli.test.ts'],
  },
  {
    statement: '`pgpsignatures` is an array of one or more signatures',
    built: ['platform/openpgp/verify.ts'],
    shown: ['test/unit/platform/openpgp/vectors.test.ts'],
  },
  {
    statement: '`validfrom` and `expireafter`',
    built: ['contract/rules/validity.ts'],
    shown: ['test/integration/workflow.test.ts', 'test/unit/agent/command/authorize.test.ts'],
  },
  {
    statement: 'The API and each agent verify the signatures',
    built: ['api/actions/accept-action.ts', 'agent/command/authorize.ts'],
    shown: ['test/integration/bad-input.test.ts', 'test/e2e/agent-commands.test.ts'],
  },
  {
    statement: 'The agent passes operations to modules, which run in parallel',
    built: ['agent/command/execute.ts'],
    shown: ['test/e2e/agent-commands.test.ts'],
    note: 'The test runs eight at once.',
  },
  {
    statement: '`results[i]` belongs to `operations[i]`',
    built: ['agent/command/execute.ts'],
    shown: ['test/e2e/agent-commands.test.ts'],
  },
  {
    statement: 'The command has id, action, agent, status, results, starttime and finishtime',
    built: ['contract/command.ts', 'activities/publish-commands.ts'],
    shown: ['test/integration/api.test.ts'],
  },
  {
    statement: 'The result of the file module has search, fileinfo and statistics',
    built: ['modules/file/result/match.ts'],
    shown: ['test/e2e/conformance.test.ts'],
  },
  {
    statement: 'The status is one of success, failed, timeout and cancelled',
    built: ['contract/rules/accounting.ts'],
    shown: ['test/integration/workflow.test.ts'],
  },
  {
    statement: 'Agents kill modules after 5 minutes by default',
    built: ['agent/config/config.ts', 'agent/run/module-runner.ts'],
    shown: ['test/e2e/agent-limits.test.ts'],
  },
  {
    statement: 'Each operation has its own timeout, the smaller of expiry and MODULETIMEOUT',
    built: ['agent/command/execute.ts'],
    shown: ['test/e2e/agent-limits.test.ts'],
  },
  {
    statement: 'Modules never use more than 50 % of the CPU',
    built: ['agent/run/limits/limits.ts', 'agent/run/limits/cgroups.ts'],
    shown: ['test/e2e/agent-limits.test.ts'],
    note: 'The tests run with control groups and without.',
  },
  {
    statement: '`-e` sets the expiration on the command line, 5 minutes by default',
    built: ['cli/options.ts', 'cli/action/window.ts'],
    shown: ['test/unit/cli/arguments.test.ts'],
  },
  {
    statement: 'Offline agents pick up actions with a long expiration',
    built: ['platform/postgres/migrations/0003_resolve.sql'],
    shown: ['test/integration/api.test.ts'],
    note: 'This holds for check-in agents and for targets that name the status.',
  },
  {
    statement: 'An ACL has minimumweight, and investigators with fingerprint and weight',
    built: ['contract/rules/acl.ts'],
    shown: ['test/unit/contract/rules/acl.test.ts'],
  },
  {
    statement: 'John (1) cannot act alone where 2 is needed; with Bob (2) he can',
    built: ['contract/rules/acl.ts', 'dev/demo/demo.ts'],
    shown: ['test/e2e/cli.test.ts', 'test/unit/contract/rules/acl.test.ts'],
  },
  {
    statement: 'The permissions of a module override `default`',
    built: ['contract/rules/acl.ts'],
    shown: ['test/unit/contract/rules/acl.test.ts'],
  },
  {
    statement: 'The agent installs itself as a service, detects the init system and daemonises',
    built: ['agent/service/service.ts', 'platform/machine/init-system.ts', 'agent/lifecycle/daemonize.ts'],
    shown: ['test/unit/agent/service/service.test.ts', 'test/e2e/agent-build.test.ts'],
    note: 'On Windows it is a task at boot, see `docs/quirks.md`.',
  },
  {
    statement: 'The run directory is /var/run/mig; `mig-agent.ok` contains the heartbeat',
    built: ['agent/relay/heartbeat-file.ts', 'agent/config/folders.ts'],
    shown: ['test/e2e/agent-modes.test.ts'],
    note: 'The file has exactly the keys of the sample. Lasting state is in /var/lib/mig.',
  },
  {
    statement: 'Check-in mode ends after 10 s',
    built: ['agent/lifecycle/check-in.ts'],
    shown: ['test/e2e/agent-modes.test.ts'],
  },
  {
    statement: 'The upgrade protocol',
    built: [
      'workflows/upgrade-workflow.ts',
      'activities/upgrade/steps.ts',
      'modules/upgrade/run.ts',
      'agent/lifecycle/upgrade/take-over.ts',
    ],
    shown: ['test/e2e/upgrade.test.ts', 'test/e2e/upgrade-module.test.ts'],
    note: '`npm run chaos -- upgrade` shows it, too. Steps and deviations are in `docs/upgrades.md`.',
  },
  {
    statement: 'The kill action goes to both agents',
    built: ['activities/upgrade/orders.ts'],
    shown: ['test/e2e/upgrade.test.ts'],
    note: "Deviation: it goes to the new agent's own queue. The old agent would only refuse to end itself.",
  },
  {
    statement: 'The agent removes the old binary on order',
    built: ['modules/agentdestroy/run.ts'],
    shown: ['test/e2e/agentdestroy.test.ts'],
  },
  {
    statement: 'Components can go down and be rebuilt',
    built: ['docs/operations.md'],
    shown: ['test/integration/recovery.test.ts', 'test/e2e/worker-killed.test.ts'],
  },
  {
    statement: 'Relays store commands for offline agents',
    built: ['activities/publish-commands.ts', 'platform/rabbitmq/topology.ts'],
    shown: ['test/integration/recovery.test.ts'],
    note: 'Queues are durable, messages persistent.',
  },
  {
    statement: 'The agent listens on no port',
    built: ['agent/lifecycle/start-agent.ts', 'agent/lifecycle/control.ts'],
    shown: ['test/e2e/agent-modes.test.ts'],
    note: 'The operator reaches it through a Unix socket.',
  },
  {
    statement: 'AMQP over TLS, with a client certificate as a network filter',
    built: ['dev/stack/services/rabbitmq.ts'],
    shown: ['test/security/relay-rights.test.ts'],
  },
  {
    statement: 'Agents share credentials, which an ACL on the relay restricts',
    built: ['dev/stack/services/relay-definitions.ts'],
    shown: ['test/security/relay-rights.test.ts'],
    note: "Our ACL is narrower than MIG's.",
  },
  {
    statement: 'The queue name is `mig.agt.<OS>.<hostname>.<uid>`',
    built: ['agent/relay/identity.ts'],
    shown: [],
    note: 'The uid has 128 random bits where the document has 32.',
  },
  {
    statement: 'A whitelist of agents by queueloc',
    built: ['contract/heartbeat.ts'],
    shown: [],
    note: 'Only the form is checked. The list of allowed queues is not built yet.',
  },
  {
    statement: 'Modules return match or no match',
    built: ['contract/command.ts'],
    shown: ['test/e2e/agent-commands.test.ts'],
    note: 'The field is `foundanything`.',
  },
];

/** Two lines below each statement; a statement without files says in its note that it is not built. */
export function renderConcepts(): string {
  return CONCEPTS.map(({ statement, built, shown, note }) =>
    [
      `- **${statement}.**${note === undefined ? '' : ` ${note}`}`,
      ...(built.length === 0 ? [] : [`  - Built in ${quoted(built)}.`]),
      ...(shown.length === 0 ? [] : [`  - Shown by ${quoted(shown)}.`]),
    ].join('\n'),
  ).join('\n');
}

function quoted(paths: readonly string[]): string {
  return paths.map((path) => `\`${path}\``).join(', ');
}
