import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../../contract/names.ts';
import { startUntilReady } from './start-until-ready.ts';

interface TemporalOptions {
  home: string;
  cli: string;
  port: number;
  uiPort: number;
  httpPort: number;
  metricsPort: number;
  namespaces: string[];
}

/** Starts a private Temporal development server with its UI and our search attributes. Its store is in the home. */
export async function startTemporal(options: TemporalOptions): Promise<void> {
  const { home, cli, port } = options;
  const spec = {
    name: 'temporal',
    // The store contains signed actions, and the server would make it readable for everyone.
    command: '/bin/sh',
    args: ['-c', 'umask 077 && exec "$0" "$@"', cli, ...serverArguments(options)],
  };
  await startUntilReady(home, spec, {
    label: 'Temporal',
    isReady: () => canConnect(`127.0.0.1:${port}`),
  });
}

function serverArguments({
  home,
  port,
  uiPort,
  httpPort,
  metricsPort,
  namespaces,
}: TemporalOptions): string[] {
  return [
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    `--port=${port}`,
    `--ui-port=${uiPort}`,
    `--http-port=${httpPort}`,
    `--metrics-port=${metricsPort}`,
    '--log-level=warn',
    `--db-filename=${join(home, 'temporal.db')}`,
    // An activity on the workflow's own queue goes straight to the worker that asked for it.
    '--dynamic-config-value=system.enableActivityEagerExecution=true',
    ...namespaces.map((name) => `--namespace=${name}`),
    ...Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => `--search-attribute=${name}=${type}`),
  ];
}

async function canConnect(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 1000 });
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}
