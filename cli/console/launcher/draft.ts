import { type Action, type Operation, readAction } from '../../../contract/action.ts';
import { actionText } from '../../../contract/action-text.ts';
import { inflateParameters } from '../../../contract/parameters.ts';
import { SYNTAX_VERSION } from '../../../contract/rules/validity.ts';
import { prettyJson } from '../../action/action-text.ts';
import { compressWanted } from '../../action/build-action.ts';
import { inflated } from '../action-view.ts';
import type { Place } from '../order.ts';

/** An action that is being written. */
export interface Draft {
  action: Action;
  /** Whether new parameters are compressed. */
  isCompressing: boolean;
  /** Whether the investigator has seen how many agents the target reaches. */
  isCounted: boolean;
  /** Where it was loaded from: others may have written and signed it. */
  file: string | undefined;
}

type Template = Extract<Place, { mode: 'launcher' }>['template'];

/** An empty action, or one that asks the same as another; times and signatures are always its own. */
export function newDraft(template: Template): Draft {
  const { name, target, operations, description, threat } = template ?? {};
  const action = readAction({ name, target, operations, description, threat, syntaxversion: SYNTAX_VERSION });
  return { action, isCompressing: false, isCounted: false, file: undefined };
}

/** Changes what is signed. Returns how many signatures that has removed: they were for another text. */
export function changeDraft(draft: Draft, change: Partial<Action>): number {
  const removed = draft.action.pgpsignatures.length;
  draft.action = { ...draft.action, ...change, pgpsignatures: [] };
  return removed;
}

/** The operations with compressed parameters, as they are signed and sent, or without. */
export function withCompression(operations: readonly Operation[], isCompressing: boolean): Operation[] {
  if (isCompressing) {
    return compressWanted(operations.map((operation) => ({ ...operation, want_compressed: true })));
  }
  return operations.map((operation) => ({
    module: operation.module,
    parameters: inflateParameters(operation),
  }));
}

/**
 * The action as JSON. Before it is signed its parameters are inflated, for people to read; a signed one is printed as it is,
 * for the next signer.
 */
export function draftText({ action }: Draft, indent: number | undefined): string {
  const isSigned = action.pgpsignatures.length > 0;
  const text = actionText(isSigned ? action : { ...action, operations: action.operations.map(inflated) });
  return indent === undefined ? text : prettyJson(text, indent);
}
