import { type ErrorCode, errorCode } from '../../contract/errors.ts';

/** What to do about a refusal, where the message of the API or of MIG does not say it. */
const NEXT_STEPS: Partial<Record<ErrorCode, string>> = {
  action_expired: 'write the action again, with a longer -e, and have every signer sign it',
  target_failed: 'mig help target lists the columns of agents, mig help manifests create those of loaders',
};

/** Returns what to do about an error; undefined when its message says so, or there is nothing to do. */
export function nextStep(error: unknown): string | undefined {
  return Object.entries(NEXT_STEPS).find(([code]) => code === errorCode(error))?.[1];
}
