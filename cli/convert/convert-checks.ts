import type { Operation } from '../../contract/action.ts';
import { parseCheck } from '../../contract/compliance.ts';
import { MigError } from '../../contract/errors.ts';
import { findModule } from '../../modules/all-modules.ts';
import { convertContent } from './content/convert-content.ts';
import type { ConvertedCheck } from './converted-check.ts';
import { convertPolicy } from './wazuh/convert-policy.ts';

export const FORMATS = ['wazuh-sca', 'compliance-as-code'] as const;
export type Format = (typeof FORMATS)[number];

export interface ConvertRequest {
  format: Format;
  /** A policy of Wazuh, or a checkout of ComplianceAsCode. */
  input: string;
  product: string;
  profile: string | undefined;
}

/** A check as a file holds it, and why it is not checked. */
export interface WrittenCheck {
  id: string;
  notchecked: string | undefined;
  /** Whether the source says how severe a failure is. */
  hasLevel: boolean;
  text: string;
}

/** Far more than any policy has. */
const MAX_CHECKS = 20_000;

/** Converts the rules of another program to checks. Throws MigError for an input that is none. */
export function convertChecks({ format, input, product, profile }: ConvertRequest): WrittenCheck[] {
  const converted =
    format === 'wazuh-sca' ? convertPolicy(input) : convertContent({ folder: input, product, profile });
  if (converted.length === 0) throw new MigError('usage', `${input}: has no rules`);
  if (converted.length > MAX_CHECKS)
    throw new MigError('usage', `${input}: has more than ${MAX_CHECKS} rules`);
  refuseIds(converted.map(({ id }) => id));
  return converted.map(toText);
}

/** An id is the name of a file. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

function refuseIds(ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (!ID.test(id))
      throw new MigError('usage', `the id ${JSON.stringify(id.slice(0, 80))} cannot name a file`);
    // Some file systems take names that differ in case for one.
    const folded = id.toLowerCase();
    if (seen.has(folded)) throw new MigError('usage', `two rules have the id ${JSON.stringify(id)}`);
    seen.add(folded);
  }
}

const MAX_REASON = 1024;

/** What the modules refuse, such as a regular expression that is not one of RE2, is not checked. */
function toText({ id, notchecked, hasLevel, json }: ConvertedCheck): WrittenCheck {
  const text = JSON.stringify(json, undefined, 2);
  const written = { id, notchecked, hasLevel, text: `${text}\n` };
  if (notchecked !== undefined) return written;
  const problem = parseCheck(text)
    .action.operations.map(findProblem)
    .find((one) => one !== undefined);
  if (problem === undefined) return written;
  const reason = `module ${problem}`.slice(0, MAX_REASON);
  const refused = { ...json, operations: [], compliance: { notchecked: reason } };
  return { ...written, notchecked: reason, text: `${JSON.stringify(refused, undefined, 2)}\n` };
}

function findProblem({ module, parameters }: Operation): string | undefined {
  const found = findModule(module);
  const problem = found?.checkParameters(parameters) ?? found?.findMistake?.(parameters);
  return problem === undefined ? undefined : `${module} refuses it: ${problem}`;
}
