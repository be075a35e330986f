import { z } from 'zod';
import { type Action, readAction } from './action.ts';
import { MigError } from './errors.ts';
import { goObject, listOf } from './fields.ts';
import { parseStorableJson } from './go/strict-json.ts';
import { readAs } from './read-as.ts';
import { type Condition, type Expectation, isApplicability } from './rules/verdict.ts';

/** A check of compliance: an action, what each of its operations must answer, and how many of the answers decide. */
export interface Check {
  action: Action;
  expectations: readonly Expectation[];
  condition: Condition;
  /** Why the check asks nothing; its verdict is always `notchecked`. */
  notchecked: string | undefined;
}

/** What a check has beyond an action of MIG. MIG's programs ignore it. */
const Compliance = goObject({
  expect: listOf(z.enum(['applies', 'unless', 'found', 'absent']), 256).optional(),
  condition: z.enum(['all', 'any', 'none']).optional(),
  notchecked: z.string().min(1).max(1024).optional(),
});
type Compliance = z.infer<typeof Compliance>;
const CheckFields = goObject({ compliance: Compliance.optional() });

/**
 * Reads a check from the JSON text of an action file. Without `compliance` all that the file asks for must be found, as
 * MIG's compliance plugin counts. Throws MigError with a code and the field.
 */
export function parseCheck(text: string): Check {
  return readCheck(parseStorableJson(text));
}

/** As `parseCheck`, from parsed JSON, such as a part of a larger document. */
export function readCheck(json: unknown): Check {
  const action = readAction(json);
  const compliance = readCompliance(json);
  return {
    action,
    expectations: expectationsOf(compliance, action),
    condition: compliance?.condition ?? 'all',
    notchecked: compliance?.notchecked,
  };
}

/** The expectations of `parseCheck`, for an action that was read from the same JSON. */
export function readExpectations(json: unknown, action: Action): Expectation[] {
  return expectationsOf(readCompliance(json), action);
}

function readCompliance(json: unknown): Compliance | undefined {
  const parsed = readAs(CheckFields, json);
  if (!parsed.success) throw invalid(parsed.problem, parsed.error);
  return parsed.data.compliance;
}

function expectationsOf(compliance: Compliance | undefined, { operations }: Action): Expectation[] {
  if (compliance === undefined) return operations.map(() => 'found');
  const { expect, notchecked } = compliance;
  if (notchecked !== undefined) {
    refuseQuestions(compliance, operations);
    return [];
  }
  if (expect === undefined) {
    throw invalid(
      "compliance.expect: is missing; give each operation 'applies', 'unless', 'found' or 'absent'",
    );
  }
  if (expect.length !== operations.length) {
    throw invalid(
      `compliance.expect: ${expect.length} of ${operations.length} operations have an expectation; ` +
        "give each 'applies', 'unless', 'found' or 'absent'",
    );
  }
  if (expect.every(isApplicability)) {
    throw invalid("compliance.expect: one operation must be 'found' or 'absent', or nothing is checked");
  }
  return expect;
}

/** A check that is not checked must ask nothing, or its verdict would hide an answer. */
function refuseQuestions({ expect = [], condition }: Compliance, operations: Action['operations']): void {
  if (operations.length + expect.length === 0 && condition === undefined) return;
  throw invalid(
    'compliance.notchecked: a check that is not checked has no operations, expectations or condition',
  );
}

function invalid(problem: string, cause?: unknown): MigError {
  return new MigError('action_invalid', `check ${problem}`, { cause });
}
