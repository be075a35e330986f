import { once } from 'node:events';
import { readEnv } from '../platform/config.ts';
import { createLogger } from '../platform/log.ts';
import { runProgram } from '../platform/program/run-program.ts';
import { loadConfig } from './config.ts';
import { startWorker } from './start-worker.ts';

await runProgram('worker', async () => {
  const config = loadConfig(readEnv());
  const log = createLogger('worker', config.logLevel);
  await using worker = await startWorker({ config, log });
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT'), worker.refusal]);
  log.info('worker stopping');
});
