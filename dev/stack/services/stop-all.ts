import { type Daemon, runningDaemons, stopDaemon, strayAgents } from './processes.ts';

/** Stops everything that this home started. Returns the names of the processes. */
export async function stopAll(home: string): Promise<string[]> {
  const recorded = runningDaemons(home);
  const running = [...recorded, ...strayAgents(home, recorded)];
  // Our own programs first: they still use the services. RabbitMQ uses the port mapper until its end.
  for (const stage of ['program', 'service', 'port mapper'] as const) {
    const daemons = running.filter((daemon) => stageOf(daemon) === stage);
    await Promise.all(daemons.map((daemon) => stopDaemon(home, daemon, signalFor(daemon))));
  }
  return running.map(({ name }) => name);
}

function stageOf({ name }: Daemon): 'program' | 'service' | 'port mapper' {
  if (name === 'epmd') return 'port mapper';
  return ['postgres', 'rabbitmq', 'temporal'].includes(name) ? 'service' : 'program';
}

/** SIGINT ends PostgreSQL at once, but cleanly; with SIGTERM it waits until every client has disconnected. */
function signalFor({ name }: Daemon): NodeJS.Signals {
  return name === 'postgres' ? 'SIGINT' : 'SIGTERM';
}
