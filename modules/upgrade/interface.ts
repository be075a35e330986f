import { MigError } from '../../contract/errors.ts';
import { describeIssues } from '../../contract/fields.ts';
import { type FlagKind, parseGoFlags, refuseRest } from '../../contract/go/flags.ts';
import type { ModuleInterface } from '../module.ts';
import { findProblem, Parameters } from './schema.ts';

const FLAGS: Record<string, FlagKind> = {
  platform: 'string',
  version: 'string',
  location: 'string',
  checksum: 'string',
  'allow-downgrade': 'boolean',
};

export const upgradeInterface: ModuleInterface = {
  name: 'upgrade',
  summary: 'bring agents to another version, step by step; "mig upgrade status <id>" shows their progress',
  help: `upgrade fetches an executable of the agent, checks it, and lets it take over from the running one.

  -platform <os/arch>    the platform of the agents (default linux/amd64)
  -version <text>        the version that the executable reports
  -location <url>        the URL of the executable (https)
  -checksum <hex>        its SHA-256
  -allow-downgrade       allow an older version, or one that cannot be compared

  mig upgrade -t "tags->>'ring' = 'canary'" -e 1h -version 20150324+0d0f88c.prod \\
    -location https://files.example.net/mig-agent -checksum 31fccc57...
  mig upgrade status 6115472426    the progress of each agent, and why it stopped

For several platforms, write the action as a file with parameters by platform:
  {"linux/amd64": {"to_version": "...", "location": "https://...", "checksum": "...", "allow_downgrade": false}}`,

  flags: FLAGS,
  schema: Parameters,

  checkParameters(parameters) {
    const parsed = Parameters.safeParse(parameters ?? {});
    return parsed.success ? findProblem(parsed.data) : describeIssues(parsed.error);
  },

  parseFlags(args) {
    if (args.length === 0 || args[0] === '' || args[0] === 'help') return undefined;
    const { values, rest } = parseGoFlags(args, FLAGS);
    refuseRest(rest);
    const text = (name: string) => String(values[name] ?? '');
    const parameters = {
      [text('platform') || 'linux/amd64']: {
        to_version: text('version'),
        location: text('location'),
        checksum: text('checksum'),
        ...(values['allow-downgrade'] === true ? { allow_downgrade: true } : {}),
      },
    };
    const problem = upgradeInterface.checkParameters(parameters);
    if (problem !== undefined) throw new MigError('usage', problem);
    return parameters;
  },

  print({ elements, errors, success }, { foundOnly }) {
    const lines = Object.entries((elements ?? {}) as Record<string, unknown>).map(
      ([name, value]) => `${name} ${value}`,
    );
    if (foundOnly) return lines;
    return [
      ...lines,
      ...(errors ?? []).map((error) => `[error] ${error}`),
      `upgrade module has ${success ? 'succeeded' : 'failed'}`,
    ];
  },
};
