import { once } from 'node:events';
import { createLogger } from '../platform/log.ts';
import { loadConfig } from '../worker/config.ts';
import { startWorker } from '../worker/start-worker.ts';

// A worker for the fault tests. It kills itself with SIGKILL at the checkpoint named in MIG_CRASH_AT, or before it reads a
// message that contains the text of MIG_CRASH_ON.
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
