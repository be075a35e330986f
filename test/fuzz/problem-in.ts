import { checkParametersInSteps } from '../../modules/all-modules.ts';

/** Checks parameters as the API does, and reports each step. */
export function problemIn(module: string, parameters: unknown, progress: () => void): string | undefined {
  const steps = checkParametersInSteps(module, parameters);
  let step = steps.next();
  while (!step.done) {
    progress();
    step = steps.next();
  }
  return step.value;
}
