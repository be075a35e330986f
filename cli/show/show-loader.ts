import type { LoaderView } from '../../contract/loader.ts';

/** The state of a loader. Of its key only the beginning is known. */
export function loaderLines(loader: LoaderView): string[] {
  const { id, name, enabled, prefix, expectenv, agentname, lastseen } = loader;
  return [
    `loader ${id}: ${name}`,
    `  status   ${enabled ? 'enabled' : 'disabled'}`,
    `  key      ${prefix}…`,
    `  expects  ${expectenv || 'nothing'}`,
    `  used by  ${agentname === '' ? 'no machine yet' : `${agentname}, at ${lastseen}`}`,
  ];
}
