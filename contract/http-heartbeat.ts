import { z } from 'zod';
import { MAX_ADDRESSES } from './agent.ts';
import { goObject, listOf, timestampOrZero } from './fields.ts';
import { parseStorableJson } from './go/strict-json.ts';
import {
  type Arrival,
  checkHeartbeat,
  expiredHeartbeat,
  type Heartbeat,
  invalidHeartbeat,
} from './heartbeat.ts';
import { readAs } from './read-as.ts';
import { decodeUtf8 } from './text/utf8.ts';

const MAX_MODULES = 256;
const MAX_TAGS = 256;

/** MIG's camelCase shape of an agent (field names ignore case), with the tags as a list. */
const HttpHeartbeat = goObject({
  name: z.string().default(''),
  mode: z.string().default(''),
  version: z.string().default(''),
  pid: z.number().int().nonnegative().default(0),
  queueloc: z.string().default(''),
  starttime: timestampOrZero,
  refreshtime: timestampOrZero,
  environment: goObject({
    init: z.string().default(''),
    ident: z.string().default(''),
    os: z.string().default(''),
    arch: z.string().default(''),
    isproxied: z.boolean().default(false),
    proxy: z.string().default(''),
    addresses: listOf(z.string(), MAX_ADDRESSES).default([]),
    publicip: z.string().default(''),
    modules: listOf(z.string(), MAX_MODULES).default([]),
  }).prefault({}),
  tags: listOf(goObject({ name: z.string(), value: z.string().default('') }), MAX_TAGS).default([]),
});

/** Reads a heartbeat sent by HTTP. Refuses one that is older than `maxAgeMs`. Throws MigError. */
export function parseHttpHeartbeat(body: Buffer, arrival: Arrival): Heartbeat {
  const parsed = readAs(HttpHeartbeat, parseStorableJson(decodeUtf8(body)));
  if (!parsed.success) throw invalidHeartbeat(`Failed to decode request body: ${parsed.problem}`);
  const agent = parsed.data;
  const missing = missingFields(agent);
  if (missing.length > 0)
    throw invalidHeartbeat(`Missing fields in request body: missing field(s): ${missing.join(', ')}`);
  const heartbeat = checkHeartbeat(
    {
      ...agent,
      refreshts: agent.refreshtime,
      sentAt: agent.starttime,
      isLast: false,
      environment: { ...agent.environment, aws: {} },
      tags: Object.fromEntries(agent.tags.map(({ name, value }) => [name, value])),
    },
    arrival,
  );
  if (heartbeat.isLate) throw expiredHeartbeat();
  return heartbeat;
}

/** MIG's list without publicIP: agents that do not detect their public address could never register. */
function missingFields(body: z.infer<typeof HttpHeartbeat>): string[] {
  const fields: [string, unknown][] = [
    ['name', body.name],
    ['mode', body.mode],
    ['version', body.version],
    ['pid', body.pid],
    ['queueLoc', body.queueloc],
    ['environment.init', body.environment.init],
    ['environment.ident', body.environment.ident],
    ['environment.os', body.environment.os],
    ['environment.arch', body.environment.arch],
  ];
  return fields.filter(([, value]) => value === '' || value === 0).map(([name]) => name);
}
