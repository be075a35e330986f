import { join } from 'node:path';
import { findOnPath } from '../programs/find-program.ts';
import type { Programs } from '../programs/programs.ts';
import type { Secrets } from '../secrets.ts';
import type { StackPorts } from '../stack-ports.ts';
import { startPostgres } from './postgres.ts';
import { runningDaemons, startDaemon } from './processes.ts';
import { startRabbitmq } from './rabbitmq.ts';
import { startTemporal } from './temporal.ts';

export type ServiceName = 'postgres' | 'rabbitmq' | 'temporal';

interface StarterOptions {
  home: string;
  programs: Programs;
  secrets: Secrets;
  ports: StackPorts;
  vhosts: string[];
  namespaces: string[];
}

/** Returns a function for each service that starts it and waits until it works. */
export function createStarters(options: StarterOptions): Record<ServiceName, () => Promise<void>> {
  const { home, programs, secrets, ports, vhosts, namespaces } = options;
  return {
    postgres: () =>
      startPostgres({
        home,
        bin: programs.postgresBin,
        port: ports.postgres,
        password: secrets.superuser,
      }),
    rabbitmq: () => {
      startPortMapper(home, ports.epmd);
      return startRabbitmq({
        home,
        server: programs.rabbitmqServer,
        certificates: join(home, 'certificates'),
        vhosts,
        port: ports.rabbitmq,
        distributionPort: ports.distribution,
        epmdPort: ports.epmd,
        passwords: { scheduler: secrets.scheduler, agent: secrets.agent },
      });
    },
    temporal: () =>
      startTemporal({
        home,
        cli: programs.temporalCli,
        port: ports.temporal,
        uiPort: ports.ui,
        httpPort: ports.http,
        metricsPort: ports.metrics,
        namespaces,
      }),
  };
}

/** Starts Erlang's port mapper as our own daemon. Otherwise RabbitMQ starts one, which outlives the stack. */
function startPortMapper(home: string, port: number): void {
  if (findOnPath('epmd') === undefined) return;
  if (runningDaemons(home).some(({ name }) => name === 'epmd')) return;
  startDaemon(home, {
    name: 'epmd',
    command: 'epmd',
    args: ['-port', String(port), '-address', '127.0.0.1'],
  });
}
