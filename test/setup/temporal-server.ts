import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTemporalCli } from '../../dev/stack/programs/programs.ts';
import { runningDaemon, stopDaemon } from '../../dev/stack/services/processes.ts';
import { startTemporal } from '../../dev/stack/services/temporal.ts';
import { choosePorts } from '../../dev/stack/stack-ports.ts';
import { defined } from './defined.ts';

/** A Temporal server that one test has for itself. */
export interface TemporalServer extends AsyncDisposable {
  address: string;
  /** Kills the server, removes its store, and starts it again, empty, at the same address. */
  wipe(): Promise<void>;
}

export async function openTemporalServer(namespace: string): Promise<TemporalServer> {
  const home = mkdtempSync(join(tmpdir(), 'mig-temporal-'));
  const ports = await choosePorts(home);
  const start = () =>
    startTemporal({
      home,
      cli: defined(findTemporalCli()),
      port: ports.temporal,
      uiPort: ports.ui,
      httpPort: ports.http,
      metricsPort: ports.metrics,
      namespaces: [namespace],
    });
  const stop = (signal: NodeJS.Signals) => stopDaemon(home, runningDaemon(home, 'temporal'), signal);
  await start();
  return {
    address: `127.0.0.1:${ports.temporal}`,
    async wipe() {
      await stop('SIGKILL');
      const store = readdirSync(home).filter((file) => file.startsWith('temporal.db'));
      for (const file of store) rmSync(join(home, file));
      await start();
    },
    async [Symbol.asyncDispose]() {
      await stop('SIGTERM');
      rmSync(home, { recursive: true, force: true });
    },
  };
}
