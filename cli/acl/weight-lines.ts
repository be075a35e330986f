import type { ModuleWeight } from '../../contract/rules/acl-weights.ts';

/** Names of those who could sign; an ACL may have thousands. */
const MAX_NAMES = 5;

/** `file has weight 1 of 2: Bob Kelso (2) could sign`; one line for each module. */
export function weightLines(weights: readonly ModuleWeight[]): string[] {
  return weights.map(({ module, needed, has, others }) => {
    if (needed === null) return `${module} may be run by nobody`;
    if (has > needed) return `${module} has weight ${has} and needs ${needed}`;
    const line = `${module} has weight ${has} of ${needed}`;
    return has === needed ? line : `${line}: ${whoCould(others)}`;
  });
}

function whoCould(others: ModuleWeight['others']): string {
  if (others.length === 0) return 'nobody else has weight';
  const names = others.slice(0, MAX_NAMES).map(({ name, weight }) => `${name} (${weight})`);
  const rest = others.length - names.length;
  return `${[...names, ...(rest > 0 ? [`${rest} more`] : [])].join(', ')} could sign`;
}
