import { loadWorkflowBundle } from '../../worker/bundle.ts';

// Builds the workflow bundle ahead of time: the bundler takes seconds at the start of a worker.
process.stdout.write(`${await loadWorkflowBundle()}\n`);
