import * as actions from './actions.ts';
import * as agents from './agents.ts';
import * as audit from './audit.ts';
import * as commands from './commands.ts';
import * as inbox from './inbox.ts';
import * as investigators from './investigators.ts';
import * as loaders from './loaders.ts';
import * as manifests from './manifests.ts';
import * as questions from './questions.ts';
import type { Route } from './route.ts';
import * as search from './search.ts';
import * as service from './service.ts';
import * as sweepChanges from './sweep-changes.ts';
import * as sweeps from './sweeps.ts';
import * as upgrades from './upgrades.ts';
import * as webhooks from './webhooks.ts';

/** The routes of the API by chapter of its reference. Each is exported by its file; the name is that of its operation. */
export const ROUTES_BY_CHAPTER = {
  Service: service,
  Search: { search: search.search },
  Actions: actions,
  Inbox: inbox,
  Questions: questions,
  Commands: commands,
  Agents: agents,
  Upgrades: upgrades,
  Sweeps: { ...sweeps, ...sweepChanges },
  Investigators: investigators,
  Loaders: loaders,
  Manifests: manifests,
  Webhooks: webhooks,
  Audit: audit,
} as const satisfies Record<string, Record<string, Route>>;

/** Every route by the name of its operation. */
export const ROUTES = {
  ...service,
  search: search.search,
  ...actions,
  ...inbox,
  ...questions,
  ...commands,
  ...agents,
  ...upgrades,
  ...sweeps,
  ...sweepChanges,
  ...investigators,
  ...loaders,
  ...manifests,
  ...webhooks,
  ...audit,
};
