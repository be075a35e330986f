import { join } from 'node:path';
import type { Agent } from '../../contract/agent.ts';
import { BUILD } from '../config/build-info.ts';
import { FOLDERS, IDENTITY_FILE } from '../config/folders.ts';
import { createSettings, readIni } from '../config/sources.ts';
import { cutFacts } from '../environment/cut.ts';
import { createEnvironmentDetector } from '../environment/environment.ts';
import { detectHostName } from '../environment/host-name.ts';
import { detectMachine } from '../environment/machine.ts';
import { loadIdentity } from '../relay/identity.ts';
import { readIdentity } from '../relay/identity-files.ts';
import { below } from './below.ts';
import type { LoaderConfig } from './loader-config.ts';

type EndpointConfig = Pick<
  LoaderConfig,
  'api' | 'proxies' | 'tags' | 'discoverAws' | 'discoverPublicIp' | 'root'
>;

/**
 * Describes this machine as its agent does, so that targets of manifests find it by the same facts. `isReadOnly`: creates no
 * identity for a machine that has none.
 */
export async function describeEndpoint(
  config: EndpointConfig,
  { agentConfigFile, isReadOnly }: { agentConfigFile: string; isReadOnly: boolean },
): Promise<Partial<Agent>> {
  const { get } = createSettings(readAgentIni(agentConfigFile));
  const name = await detectHostName(get('agent', 'hostname'));
  const stateDir = get('agent', 'statedir') ?? below(config.root, FOLDERS.state);
  const runDir = get('agent', 'rundir') ?? below(config.root, FOLDERS.run);
  const queueloc = isReadOnly
    ? (readIdentity(join(stateDir, IDENTITY_FILE)).value ?? '')
    : loadIdentity({ stateDir, runDir, name, machine: await detectMachine() }).queueloc;
  const detectEnvironment = createEnvironmentDetector({ ...config, apiProxies: config.proxies });
  const facts = cutFacts({ name, environment: await detectEnvironment(), tags: config.tags });
  return {
    name: facts.name,
    queueloc,
    mode: 'daemon',
    version: BUILD.version,
    pid: process.pid,
    environment: facts.environment,
    tags: facts.tags,
  };
}

/** An agent that cannot read its configuration is one that a manifest may repair. */
function readAgentIni(file: string): ReturnType<typeof readIni> {
  try {
    return readIni(file, { isNeeded: false, warn: () => {} });
  } catch {
    return undefined;
  }
}
