import type { Module } from './module.ts';

/** How to load a module. The file exports it under its name. */
export interface ListedModule {
  load(): Promise<Readonly<Record<string, Module>>>;
  /** Whether it has a half that runs as long as the agent, which knows that without loading the module. */
  isPersistent?: true;
}

/** One line adds a module. docs/writing-a-module.md has the rest. */
export const MODULES: Readonly<Record<string, ListedModule>> = {
  agentdestroy: { load: () => import('./agentdestroy/module.ts') },
  audit: { load: () => import('./audit/module.ts'), isPersistent: true },
  dispatch: { load: () => import('./dispatch/module.ts'), isPersistent: true },
  example: { load: () => import('./example/module.ts') },
  examplepersist: { load: () => import('./examplepersist/module.ts'), isPersistent: true },
  file: { load: () => import('./file/module.ts') },
  fswatch: { load: () => import('./fswatch/module.ts'), isPersistent: true },
  memory: { load: () => import('./memory/module.ts') },
  netstat: { load: () => import('./netstat/module.ts') },
  persistence: { load: () => import('./persistence/module.ts') },
  ping: { load: () => import('./ping/module.ts') },
  pkg: { load: () => import('./pkg/module.ts') },
  process: { load: () => import('./process/module.ts') },
  scribe: { load: () => import('./scribe/module.ts') },
  sshkey: { load: () => import('./sshkey/module.ts') },
  timedrift: { load: () => import('./timedrift/module.ts') },
  upgrade: { load: () => import('./upgrade/module.ts') },
  yara: { load: () => import('./yara/module.ts') },
};

/** Modules under names that signed actions of the past may have. They are in no list and no heartbeat. */
export const FORMER_NAMES: Readonly<Record<string, ListedModule>> = {
  connected: { load: () => import('./former-names.ts') },
};
