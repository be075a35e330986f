import { z } from 'zod';
import { type Action, parseNewAction } from '../../contract/action.ts';
import { MigError } from '../../contract/errors.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { checkUnsigned, SYNTAX_VERSION } from '../../contract/rules/validity.ts';
import { findModule } from '../../modules/all-modules.ts';

/** What a model gives to draft an action. */
export const Draft = z.object({
  name: z.string().min(1).max(2048).describe('what the action looks for, in a few words'),
  target: z
    .string()
    .min(1)
    .max(2048)
    .describe("an SQL condition over the agents: environment->>'os'='linux'"),
  operations: z
    .array(z.object({ module: z.string().max(256), parameters: z.unknown() }))
    .min(1)
    .max(256)
    .describe('the modules with their parameters, as describe_module says'),
  minutes: z.int().min(1).max(10_080).default(5).describe('how long agents may answer, in minutes'),
});
type Draft = z.infer<typeof Draft>;

/** The clock of an endpoint may be behind. */
const EARLIER_MS = 60_000;

/** The action without signatures. Throws with the field that no agent would accept. */
export function draftAction({ name, target, operations, minutes }: Draft, nowMs: number): Action {
  const action = parseNewAction(
    JSON.stringify({
      name,
      target,
      operations,
      validfrom: timestampFromMillis(nowMs - EARLIER_MS),
      expireafter: timestampFromMillis(nowMs + minutes * 60_000),
      syntaxversion: SYNTAX_VERSION,
    }),
  );
  checkUnsigned(action, nowMs);
  for (const [index, operation] of action.operations.entries()) checkOperation(index, operation);
  return action;
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
