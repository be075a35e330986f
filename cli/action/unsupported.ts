import { UNSUPPORTED } from '../../contract/rules/agent-needs.ts';
import { countOf } from '../../contract/text/count-of.ts';
import type { Problems } from './problems.ts';

/** Agents named in one line; a fleet may have thousands of the same kind. */
const MAX_NAMES = 10;

/** Collects the agents that were not asked because they lack something, by what they lack. */
interface Unsupported {
  /** Returns false for an agent that was asked. */
  take(problems: readonly Problems[]): boolean;
  lines(): string[];
}

export function createUnsupported(): Unsupported {
  const namesByLack = new Map<string, string[]>();
  return {
    take(problems) {
      for (const { agent, errors } of problems) {
        const error = errors.find((one) => one.startsWith(UNSUPPORTED));
        if (error === undefined) continue;
        const lack = error.slice(UNSUPPORTED.length);
        const names = namesByLack.get(lack) ?? [];
        names.push(agent);
        namesByLack.set(lack, names);
        return true;
      }
      return false;
    },
    lines: () => [...namesByLack].map(([lack, names]) => line(lack, names)),
  };
}

function line(lack: string, names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  const shown = [...names.slice(0, MAX_NAMES), ...(rest > 0 ? [`${rest} more`] : [])];
  return `${countOf(names.length, 'agent')} cannot answer: they have not announced ${lack}: ${shown.join(', ')}`;
}
