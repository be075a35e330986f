/** Makes a function that does at once what another does in steps, between which others may work. */
export function atOnce<Args extends unknown[], Result>(
  inSteps: (...args: Args) => Generator<void, Result>,
): (...args: Args) => Result {
  return (...args) => {
    const steps = inSteps(...args);
    let step = steps.next();
    while (!step.done) step = steps.next();
    return step.value;
  };
}
