import { once } from 'node:events';
import { createLogger } from '../platform/log.ts';
import { loadConfig } from '../worker/config.ts';
import { startWorker } from '../worker/start-worker.ts';

// The worker, for the fault tests: it kills itself (SIGKILL) when it comes to the checkpoint named in MIG_CRASH_AT, or when
// it is about to read a message with the text of MIG_CRASH_ON in it.
const crashAt = process.env.MIG_CRASH_AT;
const crashOn = process.env.MIG_CRASH_ON;
const config = loadConfig(process.env);
await using _worker = await startWorker({
  config,
  log: createLogger('crash-worker', config.logLevel),
  checkpoint: (name, bodies = []) => {
    const isDeadly = crashOn !== undefined && bodies.some((body) => body.includes(crashOn));
    if (name === crashAt || isDeadly) process.kill(process.pid, 'SIGKILL');
  },
});
await once(process, 'SIGTERM');
