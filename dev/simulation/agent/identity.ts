import type { SimulationOptions } from '../simulation-options.ts';
import { assignBehaviours, type Behaviour } from './behaviours.ts';
import { firstProcess, type Processes } from './upgrade.ts';

/** One simulated agent. */
export interface AgentIdentity {
  index: number;
  queueloc: string;
  behaviour: Behaviour;
  processes: Processes;
}

export function createIdentities({
  count,
  mix = {},
  prefix,
  firstIndex = 0,
}: SimulationOptions): AgentIdentity[] {
  return assignBehaviours(count, mix).map((behaviour, i) => {
    const index = firstIndex + i;
    const queueloc = `linux.${prefix}-${index}.${String(index).padStart(30, '0')}`;
    return { index, behaviour, queueloc, processes: firstProcess(index) };
  });
}
