import { actionWorkflowId } from '../../contract/names.ts';
import type { StackFile } from '../stack/stack.ts';

/** Where Temporal's UI shows an action; undefined when nothing will answer there once the demo is over. */
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
