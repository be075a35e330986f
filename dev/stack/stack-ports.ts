import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, portAnswers } from '../ports.ts';

const PORTS = [
  'postgres',
  'rabbitmq',
  'distribution',
  'epmd',
  'temporal',
  'ui',
  'http',
  'metrics',
  'api',
] as const;

export type StackPorts = Record<(typeof PORTS)[number], number>;

export function readPorts(home: string): StackPorts {
  return JSON.parse(readFileSync(portsFile(home), 'utf8'));
}

/** Chooses last time's ports where they are free, so that links stay valid, and others where something listens. */
export async function choosePorts(home: string): Promise<StackPorts> {
  const known: Partial<StackPorts> = existsSync(portsFile(home)) ? readPorts(home) : {};
  const ports: Partial<StackPorts> = {};
  for (const name of PORTS) {
    const last = known[name];
    ports[name] = last !== undefined && !(await portAnswers(last)) ? last : await freePort();
  }
  writeFileSync(portsFile(home), JSON.stringify(ports));
  return ports as StackPorts;
}

function portsFile(home: string): string {
  return join(home, 'ports.json');
}
