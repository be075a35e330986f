import { once } from 'node:events';
import { readEnv } from '../platform/config.ts';
import { createLogger } from '../platform/log.ts';
import { runProgram } from '../platform/program/run-program.ts';
import { loadConfig } from './config.ts';
import { startApi } from './start-api.ts';

await runProgram('api', async () => {
  const config = loadConfig(readEnv());
  const log = createLogger('api', config.logLevel);
  await using _api = await startApi({ config, log });
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  log.info('api stopping');
});
