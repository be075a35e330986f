import { type Action, parseAction } from '../../contract/action.ts';
import { getAction } from '../../contract/api/actions.ts';
import { MigError } from '../../contract/errors.ts';
import { inflateParameters } from '../../contract/parameters.ts';
import type { QuestionContent } from '../../contract/question/document.ts';
import { findPlaces } from '../../contract/question/placeholder.ts';
import { verifySignatures } from '../action/verify-signatures.ts';
import type { CliSession } from '../session.ts';
import { loadKnownSigners } from './known-signers.ts';
import type { QuestionDraft } from './question-file.ts';

/**
 * Makes a question of an action: its target and operations, without parameters. `areOwn` says whether keys of the
 * investigator have signed it: the platform could show any other text as that of the action.
 */
export async function questionOfAction(
  session: CliSession,
  { id, keys }: { id: string; keys: string | undefined },
): Promise<Pick<QuestionDraft, 'content' | 'areOwn'>> {
  const { action: record } = await session.api.call(getAction, { actionid: Number(id) });
  const action = parseAction(JSON.stringify(record));
  const signed = action.pgpsignatures.map((signature) => ({ signature }));
  const { signers, areOwn } = await loadKnownSigners(session, signed, keys);
  const { areGood } = await verifySignatures(action, signers, session.output.note);
  return { content: contentOf(action), areOwn: areOwn && areGood };
}

function contentOf({ name, target, operations }: Action): QuestionContent {
  return {
    description: name,
    target: target === '' ? undefined : target,
    expireafter: undefined,
    parameters: [],
    operations: operations.map((operation, index) => ({
      module: operation.module,
      parameters: requireObject(inflateParameters(operation), `operations.${index}.parameters`),
    })),
  };
}

function requireObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MigError('usage', `${path}: a question needs an object here`);
  if (findPlaces(value, path).length > 0)
    throw new MigError('usage', `${path}: it has what would be a placeholder`);
  return Object.fromEntries(Object.entries(value));
}
