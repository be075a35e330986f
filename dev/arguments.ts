import { SetupError } from './setup-error.ts';

/** The few flags of the development commands. */
export interface DevArguments {
  agents: number;
  install: boolean;
  once: boolean;
  help: boolean;
}

export function parseDevArguments(args: readonly string[], defaultAgents: number): DevArguments {
  const parsed: DevArguments = { agents: defaultAgents, install: false, once: false, help: false };
  for (let i = 0; i < args.length; i++) {
    const word = args[i];
    if (word === '--install') parsed.install = true;
    else if (word === '--once') parsed.once = true;
    else if (word === '--help' || word === '-h') parsed.help = true;
    else if (word === '--agents') parsed.agents = agentCount(args[++i]);
    else throw new SetupError(`unknown argument: ${word}; see --help`);
  }
  return parsed;
}

function agentCount(text: string | undefined): number {
  if (text === undefined || !/^\d{1,4}$/.test(text)) {
    throw new SetupError('--agents: a number of at most four digits is missing');
  }
  return Number(text);
}
