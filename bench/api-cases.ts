import { ROUTES } from '../contract/api/all-routes.ts';
import type { Testbed } from '../dev/simulation/testbed.ts';
import { readRow } from '../platform/postgres/read-row.ts';

type RouteName = keyof typeof ROUTES;

/** A request that clients repeat. */
export interface ApiCase {
  route: RouteName;
  what: string;
  path: string;
  /** Requests per second of MIG's API, and how many times faster than that we aim to be. */
  mig?: { perSecond: number; aim: number };
}

const NOT_REPEATABLE = 'not measured yet: the same request cannot be sent again and again';
const NEEDS_A_SWEEP = 'not measured yet: needs a sweep';
const NEEDS_A_SIGNED_DOCUMENT = 'not measured yet: needs a signed document';

/** The routes that are not measured, and why. */
const NOT_MEASURED: Partial<Record<RouteName, string>> = {
  streamActionEvents: 'not measured yet: it is a stream',
  getUpgrade: 'not measured yet: needs an upgrade',
  getAcl: NEEDS_A_SIGNED_DOCUMENT,
  getInboxEntry: NEEDS_A_SIGNED_DOCUMENT,
  getQuestion: NEEDS_A_SIGNED_DOCUMENT,
  listQuestionVersions: NEEDS_A_SIGNED_DOCUMENT,
  getManifest: NEEDS_A_SIGNED_DOCUMENT,
  listManifestLoaders: NEEDS_A_SIGNED_DOCUMENT,
  getSweep: NEEDS_A_SWEEP,
  getSweepRun: NEEDS_A_SWEEP,
  getSweepState: NEEDS_A_SWEEP,
  listSweepEndpoints: NEEDS_A_SWEEP,
  listSweepFlips: NEEDS_A_SWEEP,
  listSweepItems: 'npm run bench -- sweep reads it',
  listSweepReasons: NEEDS_A_SWEEP,
  listSweepRuns: NEEDS_A_SWEEP,
  listSweepTimes: NEEDS_A_SWEEP,
};

/** The cases of routes that read. Throws when one that reads has no case, nor a reason. */
export async function apiCases(testbed: Testbed, actionId: number): Promise<ApiCase[]> {
  const cases = [
    ...(await casesWithFigures(testbed, actionId)),
    ...listsAndPages(testbed),
    ...(await recordsMadeHere(testbed)),
  ];
  const known = new Set<string>(cases.map(({ route }) => route));
  const missing = Object.entries(ROUTES)
    .filter(([name, { method }]) => !known.has(name) && whyNotMeasured(name, method) === undefined)
    .map(([name]) => name);
  if (missing.length > 0) throw new Error(`no case for ${missing.join(', ')}: see bench/api-cases.ts`);
  return cases;
}

function whyNotMeasured(name: string, method: string): string | undefined {
  return method === 'GET' ? NOT_MEASURED[name as RouteName] : NOT_REPEATABLE;
}

async function casesWithFigures({ db }: Testbed, actionId: number): Promise<ApiCase[]> {
  const { command, agent } = await readRow<{ command: number; agent: number }>(db, {
    text: `SELECT
       min(id)::float8 AS command,
       min(agentid)::float8 AS agent
     FROM commands
     WHERE actionid = $1`,
    values: [actionId],
  });
  const target = encodeURIComponent(`name LIKE 'bench-99%'`);
  return [
    {
      route: 'search',
      what: 'search of 37 commands',
      path: `/search?type=command&actionid=${actionId}&limit=37`,
      mig: { perSecond: 8, aim: 20 },
    },
    {
      route: 'search',
      what: 'agents by target',
      path: `/search?type=agent&target=${target}&limit=37`,
      mig: { perSecond: 16, aim: 10 },
    },
    { route: 'getDashboard', what: 'dashboard', path: '/dashboard', mig: { perSecond: 146, aim: 5 } },
    {
      route: 'getAction',
      what: 'one action',
      path: `/action?actionid=${actionId}`,
      mig: { perSecond: 340, aim: 1 },
    },
    {
      route: 'getCommand',
      what: 'one command',
      path: `/command?commandid=${command}`,
      mig: { perSecond: 1070, aim: 1 },
    },
    {
      route: 'getAgent',
      what: 'one agent',
      path: `/agent?agentid=${agent}`,
      mig: { perSecond: 1070, aim: 1 },
    },
  ];
}

function listsAndPages({ stack }: Testbed): ApiCase[] {
  const target = encodeURIComponent(`name LIKE 'bench-%'`);
  return [
    { route: 'search', what: 'actions by name', path: '/search?type=action&actionname=to%25&limit=37' },
    { route: 'search', what: 'agents by name', path: '/search?type=agent&agentname=bench-99%25&limit=37' },
    { route: 'search', what: 'investigators', path: '/search?type=investigator&limit=37' },
    { route: 'countAgents', what: 'agents of a target', path: `/agent/count?target=${target}` },
    { route: 'listAudit', what: 'audit trail', path: '/audit?limit=37' },
    { route: 'listInbox', what: 'inbox', path: '/inbox/list' },
    { route: 'listQuestions', what: 'saved questions', path: '/question/list' },
    { route: 'listSweeps', what: 'sweeps', path: '/sweep/list' },
    { route: 'getInvestigator', what: 'one investigator', path: '/investigator?investigatorid=1' },
    { route: 'getPublicKey', what: 'public key', path: `/publickey/${stack.investigator.fingerprint}` },
    { route: 'listModules', what: 'modules', path: '/modules' },
    { route: 'describeRoot', what: 'root', path: '/' },
    { route: 'getHeartbeat', what: 'heartbeat page', path: '/heartbeat' },
    { route: 'getIp', what: 'own address', path: '/ip' },
    { route: 'getOpenApi', what: 'OpenAPI document', path: '/openapi.json' },
    { route: 'getReference', what: 'reference page', path: '/reference' },
  ];
}

async function recordsMadeHere({ api }: Testbed): Promise<ApiCase[]> {
  const loader = await api.form('/loader/new/', { loader: JSON.stringify({ name: 'bench' }) });
  const webhook = await api.form('/webhook/create/', {
    name: 'bench',
    url: 'https://receiver.example.net/hook',
    types: 'webhook.disabled',
  });
  const idOf = (answer: typeof loader): number => answer.body.collection.items[0].data[0].value.id;
  const webhookId = idOf(webhook);
  return [
    { route: 'getLoader', what: 'one loader', path: `/loader?loaderid=${idOf(loader)}` },
    { route: 'getWebhook', what: 'one webhook', path: `/webhook?webhookid=${webhookId}` },
    { route: 'listWebhooks', what: 'webhooks', path: '/webhook/list' },
    { route: 'listDeliveries', what: 'deliveries', path: `/webhook/deliveries?webhookid=${webhookId}` },
  ];
}
