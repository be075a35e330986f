import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { waitFor } from '../../dev/wait-for.ts';
import { allModules } from '../../modules/all-modules.ts';
import { createResources } from '../../platform/async/resources.ts';
import { runAgent } from '../setup/agent-process.ts';
import { defined } from '../setup/defined.ts';
import { type OfflineAgentProcess, openOfflineAgent } from '../setup/offline-agent.ts';
import { leakedSecrets, type PlantedSecrets, plantSecrets } from '../setup/planted-secrets.ts';
import { type PrivacyCase, privacyCases } from '../setup/privacy-cases.ts';

const executable = inject('agentExecutable');
const resources = createResources();
let planted: PlantedSecrets;
let cases: Record<string, PrivacyCase>;
let open: OfflineAgentProcess;
let masking: OfflineAgentProcess;

beforeAll(async () => {
  planted = resources.use(await plantSecrets());
  cases = privacyCases(planted);
  open = resources.use(await openWith(planted.settings));
  masking = resources.use(await openWith(`extraprivacymode = on\n${planted.settings}`));
});
afterAll(() => resources[Symbol.asyncDispose]());

/** Starts an agent with the persistent modules that the cases configure, and waits until they run. */
async function openWith(settings: string): Promise<OfflineAgentProcess> {
  const modules = Object.fromEntries(
    allModules().flatMap(({ name, persistent }) => {
      const configuration = cases[name]?.settings;
      return persistent && configuration !== undefined ? [[name, configuration]] : [];
    }),
  );
  const agent = await openOfflineAgent({ executable, relay: planted.relay, settings, modules });
  await waitFor('the persistent modules', async () => {
    const { persistentmodules } = JSON.parse((await agent.run('-q', 'status')).stdout);
    return persistentmodules.every(({ state }: { state: string }) => state === 'running');
  });
  return agent;
}

/** Everything that an agent says to an operation of an action file. */
async function ask(agent: OfflineAgentProcess, module: string): Promise<string> {
  const { parameters = {}, wrapper = [] } = caseOf(module);
  const file = join(agent.folder, `${module}.json`);
  writeFileSync(file, JSON.stringify({ name: 'privacy', operations: [{ module, parameters }] }));
  return say([...wrapper, executable, '-c', join(agent.folder, 'mig-agent.cfg'), '-i', file]);
}

/** Everything that a module says to a message of a program of MIG. */
async function askAsMig(module: string): Promise<string> {
  const { parameters, wrapper = [] } = caseOf(module);
  const input = `${JSON.stringify({ class: 'parameters', parameters })}\n`;
  return say([...wrapper, executable, '-c', join(open.folder, 'mig-agent.cfg'), '-m', module], input);
}

async function say([program = '', ...args]: readonly string[], input = ''): Promise<string> {
  const { stdout, stderr } = await runAgent(program, args, { input });
  return `${JSON.stringify(JSON.parse(stdout))}\n${stderr}`;
}

function caseOf(module: string): PrivacyCase {
  const found = cases[module];
  if (!found) throw new Error(`module ${module} has no case in test/setup/privacy-cases.ts`);
  return found;
}

describe.each(allModules().map((module) => [module.name, module] as const))('%s', (name, module) => {
  test('reads where secrets are, and none is in its answer', async () => {
    const answer = await ask(open, name);
    expect(answer).toContain(caseOf(name).shows);
    for (const text of [answer, await askAsMig(name), await ask(masking, name)]) {
      expect(leakedSecrets(text, planted.secrets)).toEqual([]);
    }
  });

  test('masks in extra privacy mode what its page says', async () => {
    const { names = [] } = caseOf(name);
    const { mask } = defined(await module.loadRun());
    const says = module.about.privacy.replaceAll(/\s+/g, ' ');
    expect(/Extra privacy mode masks (?!nothing)/.test(says)).toBe(mask !== undefined);
    const [answer, masked] = [await ask(open, name), await ask(masking, name)];
    if (mask) expect(names).not.toEqual([]);
    for (const one of names) {
      expect(answer).toContain(one);
      expect(masked.includes(one)).toBe(mask === undefined);
    }
  });
});

test('a secret is recognized within base64 and hex', () => {
  const secrets = new Map([['here', 'planted0123456789abcdef']]);
  for (const before of ['', 'x', 'xy', 'xyz']) {
    const bytes = Buffer.from(`${before}planted0123456789abcdef!`);
    for (const encoding of ['latin1', 'hex', 'base64', 'base64url'] as const) {
      expect(leakedSecrets(bytes.toString(encoding), secrets)).toEqual(['here']);
    }
  }
  expect(leakedSecrets('planted0123456789abcdex', secrets)).toEqual([]);
});
