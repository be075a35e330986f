/** One change of our own code that must make a named test fail; docs/testing.md lists them. */
export interface Mutation {
  name: string;
  file: string;
  find: string;
  replace: string;
  /** The vitest project, the file and a part of the test's name. */
  caughtBy: { project: 'unit' | 'services'; file: string; test: string };
}

const unit = (file: string, test: string) => ({ project: 'unit' as const, file: `test/unit/${file}`, test });
const services = (file: string, test: string) => ({
  project: 'services' as const,
  file: `test/${file}`,
  test,
});

export const MUTATIONS: Mutation[] = [
  {
    name: 'signature check off',
    file: 'platform/openpgp/verify.ts',
    find: 'return true;\n  } catch {\n    return false;',
    replace: 'return true;\n  } catch {\n    return true;',
    caughtBy: unit('platform/openpgp/verify.test.ts', 'an altered text'),
  },
  {
    name: 'RSA signature check off',
    file: 'platform/openpgp/rsa.ts',
    find: 'return verify(hash, signed, keyObject, padded);',
    replace: 'return verify(hash, signed, keyObject, padded) || true;',
    caughtBy: unit('platform/openpgp/rsa.test.ts', 'whichever byte of it was changed'),
  },
  {
    name: 'revoked keys accepted',
    file: 'platform/openpgp/verify.ts',
    find: 'if (await key.isRevoked(undefined, undefined, now)) {',
    replace: 'if (false as boolean) {',
    caughtBy: unit('platform/openpgp/verify.test.ts', 'a revoked key'),
  },
  {
    name: 'one signer counted twice',
    file: 'platform/openpgp/verify.ts',
    find: 'if (fingerprints.includes(fingerprint)) {',
    replace: 'if (false as boolean) {',
    caughtBy: unit('platform/openpgp/verify.test.ts', 'the same signer twice'),
  },
  {
    name: 'ACL off',
    file: 'contract/rules/acl.ts',
    find: 'if (weight < entry.minimumweight) {',
    replace: 'if (weight < 0) {',
    caughtBy: unit('contract/rules/acl.test.ts', 'John alone is refused'),
  },
  {
    name: 'expiry off',
    file: 'contract/rules/validity.ts',
    find: 'return nowMs > unixMillis(expireafter);',
    replace: 'return nowMs > unixMillis(expireafter) + 1e12;',
    caughtBy: unit('agent/authorize.test.ts', 'an action is refused the moment it has expired'),
  },
  {
    name: 'high-water clock off',
    file: 'agent/authorize.ts',
    find: 'const nowMs = Math.max(authority.nowMs, authority.signedTimeMs);',
    replace: 'const nowMs = authority.nowMs;',
    caughtBy: unit('agent/authorize.test.ts', 'setting the clock back'),
  },
  {
    name: 'duplicated keys accepted',
    file: 'contract/rules/strict-json.ts',
    find: 'if (keys.has(known)) {',
    replace: 'if (false as boolean) {',
    caughtBy: unit('contract/rules/strict-json.test.ts', 'is refused when one object has a key twice'),
  },
  {
    name: 'target allow-list off',
    file: 'platform/postgres/target-walk.ts',
    find: 'if (!isBuiltIn || !FUNCTIONS.has(name)) throw',
    replace: 'if (!isBuiltIn && FUNCTIONS.has(name)) throw',
    caughtBy: unit('platform/postgres/target.test.ts', 'generate_series'),
  },
  {
    name: 'replay under another id accepted',
    file: 'agent/authorize.ts',
    find: 'return sha256Hex(signedText(action));',
    replace: 'return sha256Hex(signedText(action)) + String(Math.random());',
    caughtBy: services('e2e/agent-commands.test.ts', 'replayed under a new id'),
  },
  {
    name: 'dedup by id off',
    file: 'agent/command-handler.ts',
    find: 'if (isKnown(deps, command.id, digest)) {',
    replace: 'if (isKnown(deps, -command.id, digest)) {',
    caughtBy: services('e2e/agent-commands.test.ts', 'a command delivered twice'),
  },
  {
    name: 'commands for other agents run',
    file: 'agent/command-handler.ts',
    find: 'if (command.agent.queueloc !== queueloc) {',
    replace: "if (command.agent.queueloc === '' && queueloc === '') {",
    caughtBy: services('e2e/agent-commands.test.ts', 'for another agent'),
  },
  {
    name: 'an interrupted command runs again',
    file: 'agent/command-handler.ts',
    find: "if (state === 'received') await runReceived",
    replace: 'if (state.length > 0) await runReceived',
    caughtBy: services('e2e/agent-commands.test.ts', 'killed while a command runs'),
  },
  {
    name: 'answers of the wrong agent stored',
    file: 'platform/postgres/queries/commands.ts',
    find: 'SELECT c.id, i.status, i.results FROM commands c JOIN input i ON i.id = c.id AND i.queueloc = c.queueloc',
    replace: 'SELECT c.id, i.status, i.results FROM commands c JOIN input i ON i.id = c.id',
    caughtBy: services('integration/collector.test.ts', 'from the wrong agent'),
  },
  {
    name: 'a forged answer hides the true one beside it',
    file: 'activities/results.ts',
    find: 'if (!answers.has(key)) answers.set(key, row);',
    replace: 'if ([...answers.values()].every(({ id }) => id !== row.id)) answers.set(key, row);',
    caughtBy: services('integration/collector.test.ts', 'in one batch with the true one'),
  },
  {
    name: 'a second answer replaces the first',
    file: 'platform/postgres/queries/commands.ts',
    find: "WHERE c.id = l.id AND (c.status = 'sent' OR c.status IN ('expired', 'cancelled') AND c.results IS NULL)",
    replace: 'WHERE c.id = l.id',
    caughtBy: services('integration/collector.test.ts', 'sent twice'),
  },
  {
    name: 'returned messages count as published',
    file: 'platform/rabbitmq/publish.ts',
    find: "resolve(wasReturned ? 'returned' : 'confirmed');",
    replace: "resolve(wasReturned ? 'confirmed' : 'confirmed');",
    caughtBy: services('integration/collector.test.ts', 'a command that found no queue'),
  },
  {
    name: 'old tokens accepted',
    file: 'api/token.ts',
    find: 'if (timeMs >= nowMs - windowMs && timeMs <= nowMs + windowMs) return;',
    replace: 'if (timeMs <= nowMs + windowMs) return;',
    caughtBy: services('integration/bad-input.test.ts', 'with an old token'),
  },
  {
    name: "agents have MIG's rights on the relay",
    file: 'dev/relay-definitions.ts',
    find: "const AGENT_QUEUES = '^mig\\\\.agt\\\\.(?!(heartbeats|results|relaymarker)$).*$';",
    replace: "const AGENT_QUEUES = '^mig\\\\.agt\\\\..*$';",
    caughtBy: services('security/relay-rights.test.ts', 'an agent cannot consume the results'),
  },
  {
    name: 'targets run with the rights of the scheduler',
    file: 'platform/postgres/migrations/0008_targets.sql',
    find: 'LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10000',
    replace: 'LANGUAGE plpgsql VOLATILE SECURITY INVOKER ROWS 10000',
    caughtBy: services('security/second-wall.test.ts', 'read API key hashes'),
  },
  {
    name: 'files change compiled-in keys and ACL',
    file: 'agent/config.ts',
    find: 'const fileCounts = (path: string) => BUILD.areFilesTrusted && existsSync(path);',
    replace: 'const fileCounts = (path: string) => existsSync(path);',
    caughtBy: services('e2e/agent-build.test.ts', 'no file can change its keys or its ACL'),
  },
  {
    name: 'hidden children survive their module',
    file: 'agent/limits/processes.ts',
    find: 'if (carries(pid, this.#mark)) this.#add(pid);',
    replace: 'if (carries(pid, "never")) this.#add(pid);',
    caughtBy: services('e2e/agent-limits.test.ts', 'what a module leaves behind'),
  },
  {
    name: 'large messages kept in memory',
    file: 'platform/rabbitmq/limit-messages.ts',
    find: 'frame.size > maxBytes',
    replace: 'frame.size > 2 ** 40',
    caughtBy: services('e2e/agent-faults.test.ts', 'a message of 100 MB'),
  },
  {
    name: 'barred modules run again',
    file: 'agent/limits/strikes.ts',
    find: 'const STRIKES = 2;',
    replace: 'const STRIKES = 2000;',
    caughtBy: unit('agent/report.test.ts', 'is refused for an hour'),
  },
  {
    name: 'commands that the report does not show',
    file: 'agent/command-handler.ts',
    find: '  report.accepted(accepted.line);\n',
    replace: '',
    caughtBy: services('e2e/agent-modes.test.ts', 'tells every command'),
  },
  {
    name: 'another executable than was signed for installed',
    file: 'modules/upgrade/run.ts',
    find: 'if (got !== checksum.toLowerCase())',
    replace: 'if (false as boolean)',
    caughtBy: services('e2e/upgrade-module.test.ts', 'another file than was signed for'),
  },
  {
    name: 'older versions installed',
    file: 'modules/upgrade/run.ts',
    find: "if (order === 'older') {",
    replace: 'if (false as boolean) {',
    caughtBy: services('e2e/upgrade-module.test.ts', 'going back'),
  },
  {
    name: 'the new agent stays in the control group of the old one',
    file: 'agent/successor.ts',
    find: '  leaveControlGroups();\n',
    replace: '',
    caughtBy: services('e2e/upgrade-module.test.ts', 'ends the whole control group'),
  },
  {
    name: 'more upgrades under way than allowed',
    file: 'contract/rules/upgrade-steps.ts',
    find: ', atOnce - underWay));',
    replace: '));',
    caughtBy: unit('contract/rules/upgrade-steps.test.ts', 'never more under way than allowed'),
  },
  {
    name: 'sweeps make no way',
    file: 'worker/publishing.ts',
    find: '? deps.sweepRateBesideOthers',
    replace: '? Number.POSITIVE_INFINITY',
    caughtBy: services('integration/make-way.test.ts', 'a sweep makes way while others are sent'),
  },
  {
    name: 'answers in hand counted, not weighed',
    file: 'platform/rabbitmq/consume.ts',
    find: 'Math.min(fitting, prefetch, now * 2)',
    replace: 'Math.min(prefetch, now * 2)',
    caughtBy: services('integration/consume.test.ts', 'large messages are taken few at a time'),
  },
];
