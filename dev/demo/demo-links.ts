import { actionWorkflowId } from '../../contract/names.ts';
import type { StackFile } from '../stack/stack-file.ts';

/** Returns the page of an action in Temporal's UI; undefined when the UI ends with the demo. */
export type DemoLinks = (actionId: number) => string | undefined;

export function demoLinks(
  { temporal }: Pick<StackFile, 'temporal'>,
  { isLasting }: { isLasting: boolean },
): DemoLinks {
  return (actionId) =>
    isLasting
      ? `${temporal.uiUrl}/namespaces/${temporal.namespace}/workflows/${actionWorkflowId(actionId)}`
      : undefined;
}
