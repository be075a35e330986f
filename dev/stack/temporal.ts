import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../contract/names.ts';
import { waitFor } from '../wait.ts';
import { logTail, startDaemon } from './processes.ts';
import { SetupError } from './setup-error.ts';

/** Starts a private Temporal development server with its UI, its store under the home, and our search attributes. */
export async function startTemporal(options: {
  home: string;
  cli: string;
  port: number;
  uiPort: number;
  httpPort: number;
  metricsPort: number;
  namespaces: string[];
}): Promise<void> {
  const { home, cli, port } = options;
  const attributes = Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  const ports = ['--port', port, '--ui-port', options.uiPort, '--http-port', options.httpPort];
  const { child } = startDaemon(home, {
    name: 'temporal',
    // Its store holds what was signed, and would be made readable for everybody.
    command: '/bin/sh',
    args: [
      '-c',
      'umask 077 && exec "$0" "$@"',
      cli,
      'server',
      'start-dev',
      '--ip',
      '127.0.0.1',
      '--log-level',
      'warn',
      ...[...ports, '--metrics-port', options.metricsPort].map(String),
      '--db-filename',
      join(home, 'temporal.db'),
      // An activity on the workflow's own queue goes straight to the worker that asked for it.
      '--dynamic-config-value',
      'system.enableActivityEagerExecution=true',
      ...options.namespaces.flatMap((name) => ['--namespace', name]),
      ...attributes,
    ],
  });
  try {
    await waitFor('Temporal', () => answers(`127.0.0.1:${port}`), { isAlive: () => child.exitCode === null });
  } catch (cause) {
    throw new SetupError(`Temporal did not start: ${logTail(home, 'temporal')}`, { cause });
  }
}

async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 1000 });
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}
