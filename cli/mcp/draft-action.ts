import { z } from 'zod';
import { type Action, parseNewAction } from '../../contract/action.ts';
import { MigError } from '../../contract/errors.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { MAX_ACTION_BYTES } from '../../contract/limits.ts';
import { checkUnsigned, SYNTAX_VERSION } from '../../contract/rules/validity.ts';
import { findModule } from '../../modules/all-modules.ts';

/** What a model gives to draft an action. */
export const Draft = z.strictObject({
  name: z.string().min(1).max(2048).describe('what the action looks for, in a few words'),
  target: z
    .string()
    .min(1)
    .max(2048)
    .describe("an SQL condition over the agents: environment->>'os'='linux'"),
  operations: z
    .array(z.strictObject({ module: z.string().max(256), parameters: z.unknown() }))
    .min(1)
    .max(256)
    .describe('the modules with their parameters, as describe_module says'),
});
type Draft = z.infer<typeof Draft>;
type DraftedAction = Omit<Action, 'validfrom' | 'expireafter'>;

/** Only for the check: the draft has no window, because its investigator needs time to review it. */
const WINDOW_MS = 300_000;

/** The action without signatures and window. Throws with the field that no agent would accept. */
export function draftAction({ name, target, operations }: Draft, nowMs: number): DraftedAction {
  const text = JSON.stringify({
    name,
    target,
    operations,
    validfrom: timestampFromMillis(nowMs),
    expireafter: timestampFromMillis(nowMs + WINDOW_MS),
    syntaxversion: SYNTAX_VERSION,
  });
  if (Buffer.byteLength(text) > MAX_ACTION_BYTES) {
    throw new MigError('body_too_large', `the action is over ${MAX_ACTION_BYTES} bytes`);
  }
  const action = parseNewAction(text);
  checkUnsigned(action, nowMs);
  for (const [index, operation] of action.operations.entries()) checkOperation(index, operation);
  const { validfrom: _, expireafter: __, ...draft } = action;
  return draft;
}

function checkOperation(index: number, { module: name, parameters }: Action['operations'][number]): void {
  const module = findModule(name);
  if (!module) {
    throw new MigError('module_unknown', `operations.${index}.module: there is no module '${name}'`);
  }
  const problem = module.checkParameters(parameters);
  if (problem !== undefined)
    throw new MigError('parameters_invalid', `operations.${index}.parameters: ${problem}`);
}
