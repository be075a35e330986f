import { once } from 'node:events';
import { createLogger } from '../platform/log.ts';
import { loadConfig } from '../worker/config.ts';
import { startWorker } from '../worker/start-worker.ts';

// The worker, for the fault tests: it kills itself (SIGKILL) when it comes to the checkpoint named in MIG_CRASH_AT.
const crashAt = process.env.MIG_CRASH_AT;
const config = loadConfig(process.env);
await using _worker = await startWorker({
  config,
  log: createLogger('crash-worker', config.logLevel),
  checkpoint: (name) => {
    if (name === crashAt) process.kill(process.pid, 'SIGKILL');
  },
});
await once(process, 'SIGTERM');
