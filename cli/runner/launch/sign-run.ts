import type { Action } from '../../../contract/action.ts';
import { signedText } from '../../../contract/rules/signed-text.ts';
import { checkUnsigned } from '../../../contract/rules/validity.ts';
import { TIME_ZERO } from '../../../contract/times.ts';
import type { Signer } from '../../../platform/openpgp/sign.ts';
import { compressWanted } from '../../action/build-action.ts';
import { withWindow } from '../../action/window.ts';

/** What a run of a job changes of its action. */
export interface Run {
  /** The name of the job. */
  name: string;
  /** How long the run is valid, as Go's duration text. */
  expiry: string;
  nowMs: number;
}

/** Signs one run of an action: it is valid from now on, and named after its job. */
export async function signRun(signer: Signer, action: Action, run: Run): Promise<Action> {
  const prepared = prepareRun(action, run);
  return { ...prepared, pgpsignatures: [await signer.sign(signedText(prepared))] };
}

/** The action that a run would sign now. Throws for an action that the API would refuse. */
export function prepareRun(action: Action, { name, expiry, nowMs }: Run): Action {
  const operations = compressWanted(action.operations);
  const untimed = {
    ...action,
    operations,
    name: runName(name),
    validfrom: TIME_ZERO,
    expireafter: TIME_ZERO,
    pgpsignatures: [],
  };
  const prepared = withWindow(untimed, { expiration: expiry, nowMs });
  checkUnsigned(prepared, nowMs);
  return prepared;
}

/** The name of every run of a job, as MIG's runner gives it. */
function runName(job: string): string {
  return `mig-runner: ${job}`;
}
