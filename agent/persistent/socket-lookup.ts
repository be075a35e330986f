import type { PersistentModules } from './persistent-modules.ts';

/** Finds the sockets of persistent modules for whatever is created before these start. */
export interface SocketLookup {
  socketOf(module: string): string | undefined;
  states(): ReturnType<PersistentModules['states']>;
  use(modules: PersistentModules): void;
}

export function createSocketLookup(): SocketLookup {
  let running: PersistentModules | undefined;
  return {
    socketOf: (module) => running?.socketOf(module),
    states: () => running?.states() ?? [],
    use(modules) {
      running = modules;
    },
  };
}
