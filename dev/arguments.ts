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
    else if (word === '--agents' && /^\d{1,4}$/.test(args[i + 1] ?? '')) parsed.agents = Number(args[++i]);
    else throw new Error(`unknown argument: ${word}; see --help`);
  }
  return parsed;
}
