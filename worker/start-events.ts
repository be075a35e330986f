import { hostname } from 'node:os';
import type { Checkpoint } from '../activities/deps.ts';
import { createResources } from '../platform/async/resources.ts';
import type { Logger } from '../platform/log.ts';
import { type ResolveHost, resolveHost } from '../platform/network/resolve-host.ts';
import { startListening } from '../platform/postgres/listen.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import type { EventSettings } from './events-config.ts';
import { createFileSink } from './sinks/file-sink.ts';
import { runSink } from './sinks/run-sink.ts';
import { createSyslogSink } from './sinks/syslog-sink.ts';
import { startWebhooks } from './webhooks/start-webhooks.ts';

export interface EventDeps {
  pool: Pool;
  log: Logger;
  /** The name of this process's sessions in Postgres. */
  name: string;
  postgresUrl: string;
  resolve?: ResolveHost | undefined;
  checkpoint: (name: Checkpoint) => void;
}

/** Starts what reads the outbox: webhooks, and the sinks that are configured. Notifications of Postgres wake them. */
export function startEvents(
  { pool, log, name, postgresUrl, resolve = resolveHost, checkpoint }: EventDeps,
  { webhooks, file, syslog }: EventSettings,
): AsyncDisposable {
  const resources = createResources();
  const readers = [resources.use(startWebhooks({ pool, log, resolve, checkpoint }, webhooks))];
  if (file !== undefined)
    readers.push(resources.use(runSink({ pool, log, checkpoint }, createFileSink(file))));
  if (syslog !== undefined) {
    const sink = createSyslogSink({ ...syslog, hostname: hostname() });
    readers.push(resources.use(runSink({ pool, log, checkpoint }, sink)));
  }
  const wakeAll = () => {
    for (const reader of readers) reader.wake();
  };
  resources.use(
    startListening({
      url: postgresUrl,
      name,
      channel: 'mig_event',
      log,
      onNotification: wakeAll,
      onConnected: wakeAll,
    }),
  );
  return resources;
}
