import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { errorMessage } from '../contract/errors.ts';
import { TASK_QUEUE_BULK, TASK_QUEUE_INTERACTIVE } from '../contract/names.ts';
import type { Logger } from '../platform/log.ts';
import { unreachable } from '../platform/network/unreachable.ts';
import { connectionOptions, type TemporalOptions } from '../platform/temporal/client.ts';
import { loadWorkflowBundle } from './bundle.ts';

const CONNECT_EVERY_MS = 1_000;
const CONNECT_ATTEMPTS = 300;

interface TemporalWorkersOptions {
  temporal: TemporalOptions;
  /** Path of a bundle that was built before; undefined: one is built or found in `dist/`. */
  workflowBundle: string | undefined;
  activities: object;
  log: Logger;
}

/** Runs the workflows and activities of both task queues until it is disposed. */
export async function startTemporalWorkers({
  temporal,
  workflowBundle,
  activities,
  log,
}: TemporalWorkersOptions): Promise<AsyncDisposable> {
  installRuntime(log);
  const connection = await connectToTemporal(temporal, log);
  const codePath = workflowBundle ?? (await loadWorkflowBundle());
  const common = {
    connection,
    namespace: temporal.namespace,
    activities,
    shutdownGraceTime: '5 seconds',
  };
  const interactive = await Worker.create({
    ...common,
    taskQueue: TASK_QUEUE_INTERACTIVE,
    workflowBundle: { codePath },
  });
  const bulk = await Worker.create({ ...common, taskQueue: TASK_QUEUE_BULK });
  const workers = [interactive, bulk];
  const running = workers.map((worker) => worker.run());
  return {
    async [Symbol.asyncDispose]() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(running);
      await connection.close();
    },
  };
}

/** Retries for five minutes: Temporal may be away while a worker starts; after that an operator must look. */
async function connectToTemporal(temporal: TemporalOptions, log: Logger): Promise<NativeConnection> {
  const { address } = temporal;
  let attempt = 0;
  for (;;) {
    attempt++;
    try {
      return await NativeConnection.connect(connectionOptions(temporal));
    } catch (error) {
      if (attempt >= CONNECT_ATTEMPTS) {
        throw unreachable({ service: 'Temporal', address, setting: 'TEMPORAL_ADDRESS' }, error);
      }
      log.warn({ attempt, address, error: errorMessage(error) }, 'Temporal does not answer yet');
      await sleep(CONNECT_EVERY_MS);
    }
  }
}

/** Sends the log lines of Temporal's SDK to our log. The runtime is a singleton of the process. */
function installRuntime(log: Logger): void {
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    log[level === 'ERROR' ? 'error' : 'warn']({ meta }, message);
  });
  try {
    Runtime.install({ logger, shutdownSignals: [] });
  } catch {
    // installed already, by a test in this process
  }
}
