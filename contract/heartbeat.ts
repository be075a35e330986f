import { z } from 'zod';
import { Agent, type Environment, MAX_ADDRESSES, MAX_NOTICES } from './agent.ts';
import type { Capability } from './capabilities.ts';
import { CLOCK_OFF_MS } from './clock.ts';
import { MigError } from './errors.ts';
import { describeIssues, goObject, listOf, timestampOrZero } from './fields.ts';
import { parseStorableJson } from './go/strict-json.ts';
import { type Timestamp, unixMillis } from './go/time.ts';
import { MAX_HEARTBEAT_BYTES } from './limits.ts';
import { isQueueloc } from './names.ts';
import { spanInWords } from './text/span-in-words.ts';
import { decodeUtf8 } from './text/utf8.ts';
import { TIME_ZERO } from './times.ts';

export const MAX_NAME_LENGTH = 1024;
/** `status` of an agent's last heartbeat; MIG's scheduler does not look at it. */
export const LAST_STATUS = 'offline';

/** What a heartbeat says of an agent, whichever way it came. */
export interface Heartbeat {
  name: string;
  queueloc: string;
  mode: 'daemon' | 'checkin';
  version: string;
  pid: number;
  starttime: string;
  refreshts: string;
  os: string | undefined;
  environment: Environment;
  tags: Record<string, string>;
  /** When it was sent, by the endpoint's clock. */
  sentAt: Timestamp;
  /** How far that is ahead of the platform's clock; below 0 it was on its way so long, or the endpoint's clock is behind. */
  aheadMs: number;
  /** Too old to say that its agent is there: what it says goes into the record of one that is not. */
  isLate: boolean;
  /** The last one of this process, which ends now. */
  isLast: boolean;
  /** undefined: it came by a way that cannot say, so what was known stays. */
  capabilities: readonly Capability[] | undefined;
}

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
    modules: listOf(z.string(), 256).default([]),
  }).prefault({}),
  tags: listOf(goObject({ name: z.string(), value: z.string().default('') }), 256).default([]),
});

export function heartbeatTooLarge(bytes: number): MigError {
  return new MigError('heartbeat_invalid', `heartbeat of ${bytes} bytes is over ${MAX_HEARTBEAT_BYTES}`);
}

/** Reads a heartbeat that came over the relay, the Agent JSON. One older than `maxAgeMs` is late. */
export function parseRelayHeartbeat(body: Buffer, nowMs: number, maxAgeMs: number): Heartbeat {
  if (body.length > MAX_HEARTBEAT_BYTES) throw heartbeatTooLarge(body.length);
  const parsed = Agent.safeParse(parseStorableJson(decodeUtf8(body)));
  if (!parsed.success) throw new MigError('heartbeat_invalid', `heartbeat ${describeIssues(parsed.error)}`);
  const agent = parsed.data;
  if (agent.heartbeatts === TIME_ZERO) throw expired();
  return checkHeartbeat({
    capabilities: [],
    ...agent,
    isLast: agent.status === LAST_STATUS,
    sentAt: agent.heartbeatts,
    nowMs,
    maxAgeMs,
  });
}

/** Reads a heartbeat that came by HTTP: MIG's camelCase shape with tags as a list. One older than `maxAgeMs` is refused. */
export function parseHttpHeartbeat(body: Buffer, nowMs: number, maxAgeMs: number): Heartbeat {
  const parsed = HttpHeartbeat.safeParse(parseStorableJson(decodeUtf8(body)));
  if (!parsed.success) {
    throw new MigError('heartbeat_invalid', `Failed to decode request body: ${describeIssues(parsed.error)}`);
  }
  const agent = parsed.data;
  const missing = missingFields(agent);
  if (missing.length > 0) {
    throw new MigError(
      'heartbeat_invalid',
      `Missing fields in request body: missing field(s): ${missing.join(', ')}`,
    );
  }
  const heartbeat = checkHeartbeat({
    ...agent,
    refreshts: agent.refreshtime,
    sentAt: agent.starttime,
    isLast: false,
    environment: { ...agent.environment, aws: {} },
    tags: Object.fromEntries(agent.tags.map(({ name, value }) => [name, value])),
    nowMs,
    maxAgeMs,
  });
  if (heartbeat.isLate) throw expired();
  return heartbeat;
}

function expired(): MigError {
  return new MigError('heartbeat_invalid', 'heartbeat expired');
}

/** MIG's list, without publicIP: agents that do not look for their public address could never register there. */
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

interface Unchecked {
  name: string;
  queueloc: string;
  mode: string;
  version?: string | undefined;
  pid?: number | undefined;
  starttime: string;
  refreshts: string;
  sentAt: string;
  isLast: boolean;
  environment: Environment;
  tags?: Record<string, string> | undefined;
  capabilities?: readonly Capability[] | undefined;
  nowMs: number;
  maxAgeMs: number;
}

function checkHeartbeat(agent: Unchecked): Heartbeat {
  const refuse = (why: string) => new MigError('heartbeat_invalid', why);
  const mode = agent.mode === '' ? 'daemon' : agent.mode;
  if (mode !== 'daemon' && mode !== 'checkin') throw refuse('agent reported an invalid mode');
  if (agent.name === '' || agent.name.length > MAX_NAME_LENGTH)
    throw refuse(`agent name is empty or longer than ${MAX_NAME_LENGTH} characters`);
  if ((agent.version ?? '').length > 128) throw refuse('agent version is longer than 128 characters');
  if (!isQueueloc(agent.queueloc)) throw refuse('queueloc is not of the form <os>.<hostname>.<uid>');
  const pid = agent.pid ?? 0;
  const aheadMs = unixMillis(agent.sentAt) - agent.nowMs;
  const isLate = aheadMs < -agent.maxAgeMs;
  if (pid < 0 || pid > 2_147_483_647) throw refuse('pid is out of range');
  return {
    name: agent.name,
    queueloc: agent.queueloc,
    mode,
    version: agent.version ?? '',
    pid,
    starttime: agent.starttime,
    refreshts: agent.refreshts,
    os: agent.environment.os,
    environment: withClockNotice(agent, { aheadMs, isLate }),
    tags: agent.tags ?? {},
    sentAt: agent.sentAt,
    aheadMs,
    isLate,
    isLast: agent.isLast,
    capabilities: agent.capabilities,
  };
}

/**
 * No message comes before it was sent. One that comes long after may have had a slow relay; who can say which it is, the
 * agent whose heartbeat it was, says so in its own notice.
 */
function withClockNotice(
  { environment, capabilities = [] }: Pick<Unchecked, 'environment' | 'capabilities'>,
  { aheadMs, isLate }: { aheadMs: number; isLate: boolean },
): Environment {
  const notice = clockNotice(aheadMs, { isLate, knows: capabilities.includes('clock') });
  if (notice === undefined) return environment;
  return { ...environment, notices: [notice, ...(environment.notices ?? [])].slice(0, MAX_NOTICES) };
}

function clockNotice(
  aheadMs: number,
  { isLate, knows }: { isLate: boolean; knows: boolean },
): string | undefined {
  if (isLate) {
    return `its last heartbeat came ${spanInWords(-aheadMs)} after the time that it gives: the clock is behind, or the relay was slow`;
  }
  if (knows || aheadMs < CLOCK_OFF_MS) return undefined;
  return `the clock of this endpoint is ${spanInWords(aheadMs)} ahead of the platform's`;
}
