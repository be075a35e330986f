import { loadWorkflowBundle } from '../../worker/bundle.ts';

// Builds the workflow bundle ahead of time, so that a worker starts without the bundler's seconds.
process.stdout.write(`${await loadWorkflowBundle()}\n`);
