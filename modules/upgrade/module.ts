import type { ParsedFlags } from '../../contract/go/flags.ts';
import { EMPTY_RESULT, type ModuleResult } from '../../contract/module-result.ts';
import { defineModule } from '../define-module.ts';
import { Flags, findProblem, Parameters } from './schema.ts';

const VERSION = '20150324+0d0f88c.prod';
const CHECKSUM = '31fccc576635a29e0a27bbf7416d4f32a0ebaee892475e14708641c0a3620b03';

export const upgrade = defineModule({
  name: 'upgrade',
  summary: 'bring agents to another version, step by step; "mig upgrade status <id>" shows their progress',
  parameters: Parameters,
  described: Flags,
  findProblem,
  toParameters,
  print: printResult,
  loadRun: async () => (await import('./run.ts')).upgradeRun,
  about: {
    intro: `Fetches an executable of the agent, checks its SHA-256 and the version that it reports, and lets it take over from the
running agent. The platform then ends the old agent and removes its executable: docs/upgrades.md describes each step.`,
    notes: `mig upgrade status <id> prints the progress of each agent, and why one stopped.

For several platforms, write the action as a file with parameters by platform:

  {"linux/amd64": {"to_version": "…", "location": "https://…", "checksum": "…", "allow_downgrade": false}}`,
    platforms: { linux: 'complete', darwin: 'written, never run', windows: 'written, never run' },
    privacy: 'Pid, version and start time of the agent. Extra privacy mode masks nothing.',
    example: {
      question: 'Bring the canaries to a new version, within an hour:',
      args: [
        '-t',
        "tags->>'ring' = 'canary'",
        '-e',
        '1h',
        '-version',
        VERSION,
        '-location',
        'https://files.example.net/mig-agent',
        '-checksum',
        CHECKSUM,
      ],
      result: {
        ...EMPTY_RESULT,
        success: true,
        elements: { oldpid: 4242, oldversion: '20150122+ad43a11.prod', version: VERSION },
      },
    },
  },
});

function toParameters(values: ParsedFlags['values']): unknown {
  const text = (name: string) => String(values[name] ?? '');
  return {
    [text('platform') || 'linux/amd64']: {
      to_version: text('version'),
      location: text('location'),
      checksum: text('checksum'),
      ...(values['allow-downgrade'] === true && { allow_downgrade: true }),
    },
  };
}

function printResult(
  { elements, errors, success }: ModuleResult,
  { foundOnly }: { foundOnly: boolean },
): string[] {
  const lines = Object.entries((elements ?? {}) as Record<string, unknown>).map(
    ([name, value]) => `${name} ${value}`,
  );
  if (foundOnly) return lines;
  return [
    ...lines,
    ...(errors ?? []).map((error) => `[error] ${error}`),
    `upgrade module has ${success ? 'succeeded' : 'failed'}`,
  ];
}
