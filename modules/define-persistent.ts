import type { z } from 'zod';
import { MigError } from '../contract/errors.ts';
import type { ModuleResult } from '../contract/module-result.ts';
import { readAs } from '../contract/read-as.ts';
import type { PersistentHost, PersistentRun, PersistentSetup, PersistentWork } from './module.ts';

/** The parts of the half that runs as long as the agent. */
interface PersistentDefinition<Config> {
  /** The settings by section. Those that are missing have their defaults. */
  config: z.ZodType<Config>;
  /** Starts to work. Throws what ends the module; the agent then starts it again. */
  start(config: Config, context: PersistentContext): Promise<PersistentWork>;
  answer(parameters: unknown): ModuleResult;
}

interface PersistentContext {
  host: PersistentHost;
  hostname: string;
  environment: unknown;
  tags: Record<string, string>;
}

/** Makes the half of a persistent module that runs as long as the agent. */
export function definePersistent<Config>({
  config: schema,
  start,
  answer,
}: PersistentDefinition<Config>): PersistentRun {
  return {
    answer,
    async start({ config, hostname, environment, tags }: PersistentSetup, host) {
      const parsed = readAs(schema, config ?? {});
      if (!parsed.success) throw new MigError('config_invalid', `config: ${parsed.problem}`);
      host.log('module received configuration');
      return start(parsed.data, { host, hostname, environment, tags });
    },
  };
}
