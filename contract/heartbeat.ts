import { Agent, type Environment, MAX_NOTICES } from './agent.ts';
import type { Capability } from './capabilities.ts';
import { CLOCK_OFF_MS } from './clock.ts';
import { MigError } from './errors.ts';
import { parseStorableJson } from './go/strict-json.ts';
import { type Timestamp, unixMillis } from './go/time.ts';
import { MAX_HEARTBEAT_BYTES } from './limits.ts';
import { isQueueloc } from './names.ts';
import { readAs } from './read-as.ts';
import { spanInWords } from './text/span-in-words.ts';
import { decodeUtf8 } from './text/utf8.ts';
import { TIME_ZERO } from './times.ts';

export const MAX_NAME_LENGTH = 1024;
const MAX_VERSION_LENGTH = 128;
/** The database keeps process ids as 32-bit integers. */
const MAX_PID = 2_147_483_647;
/** `status` of an agent's last heartbeat; MIG's scheduler ignores it. */
export const LAST_STATUS = 'offline';

/** The facts in a heartbeat, from the relay or by HTTP. */
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
  /** How far `sentAt` is ahead of the platform's clock; negative after a delay, or when the endpoint's clock is behind. */
  aheadMs: number;
  /** Too old to prove that the agent is alive: it updates only the record of an agent that is offline. */
  isLate: boolean;
  /** True for the last heartbeat of a process. */
  isLast: boolean;
  /** Undefined when the form of the message has none: the known capabilities stay. */
  capabilities: readonly Capability[] | undefined;
}

/** When a heartbeat arrived, and the age from which it is late. */
export interface Arrival {
  nowMs: number;
  maxAgeMs: number;
}

/** Reads a heartbeat from the relay, which is the Agent JSON. One older than `maxAgeMs` is late. Throws MigError. */
export function parseRelayHeartbeat(body: Buffer, arrival: Arrival): Heartbeat {
  if (body.length > MAX_HEARTBEAT_BYTES) throw heartbeatTooLarge(body.length);
  const parsed = readAs(Agent, parseStorableJson(decodeUtf8(body)));
  if (!parsed.success) throw invalidHeartbeat(`heartbeat ${parsed.problem}`);
  const agent = parsed.data;
  if (agent.heartbeatts === TIME_ZERO) throw expiredHeartbeat();
  return checkHeartbeat(
    { capabilities: [], ...agent, isLast: agent.status === LAST_STATUS, sentAt: agent.heartbeatts },
    arrival,
  );
}

export function heartbeatTooLarge(bytes: number): MigError {
  return invalidHeartbeat(`heartbeat of ${bytes} bytes is over ${MAX_HEARTBEAT_BYTES}`);
}

export function expiredHeartbeat(): MigError {
  return invalidHeartbeat('heartbeat expired');
}

export function invalidHeartbeat(message: string): MigError {
  return new MigError('heartbeat_invalid', message);
}

interface UncheckedHeartbeat {
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
}

/** Checks the fields that both forms of a heartbeat have, and adds a notice when the endpoint's clock seems wrong. */
export function checkHeartbeat(agent: UncheckedHeartbeat, { nowMs, maxAgeMs }: Arrival): Heartbeat {
  const { name, queueloc, version = '', pid = 0, tags = {} } = agent;
  const mode = agent.mode === '' ? 'daemon' : agent.mode;
  if (mode !== 'daemon' && mode !== 'checkin') throw invalidHeartbeat('agent reported an invalid mode');
  if (name === '' || name.length > MAX_NAME_LENGTH)
    throw invalidHeartbeat(`agent name is empty or longer than ${MAX_NAME_LENGTH} characters`);
  if (version.length > MAX_VERSION_LENGTH)
    throw invalidHeartbeat(`agent version is longer than ${MAX_VERSION_LENGTH} characters`);
  if (!isQueueloc(queueloc)) throw invalidHeartbeat('queueloc is not of the form <os>.<hostname>.<uid>');
  if (pid < 0 || pid > MAX_PID) throw invalidHeartbeat('pid is out of range');
  const aheadMs = unixMillis(agent.sentAt) - nowMs;
  const isLate = aheadMs < -maxAgeMs;
  return {
    name,
    queueloc,
    mode,
    version,
    pid,
    starttime: agent.starttime,
    refreshts: agent.refreshts,
    os: agent.environment.os,
    environment: withClockNotice(agent, { aheadMs, isLate }),
    tags,
    sentAt: agent.sentAt,
    aheadMs,
    isLate,
    isLast: agent.isLast,
    capabilities: agent.capabilities,
  };
}

function withClockNotice(
  { environment, capabilities = [] }: Pick<UncheckedHeartbeat, 'environment' | 'capabilities'>,
  { aheadMs, isLate }: { aheadMs: number; isLate: boolean },
): Environment {
  const notice = clockNotice({ aheadMs, isLate, knowsItsClock: capabilities.includes('clock') });
  if (notice === undefined) return environment;
  return { ...environment, notices: [notice, ...(environment.notices ?? [])].slice(0, MAX_NOTICES) };
}

/**
 * A message that arrives before it was sent proves a wrong clock. A late one may be due to a slow relay; an agent with the
 * capability `clock` can distinguish the two, and reports a wrong clock in a notice of its own.
 */
function clockNotice({
  aheadMs,
  isLate,
  knowsItsClock,
}: {
  aheadMs: number;
  isLate: boolean;
  knowsItsClock: boolean;
}): string | undefined {
  if (isLate) {
    return `its last heartbeat arrived ${spanInWords(-aheadMs)} after its own timestamp: the clock is behind, or the relay was slow`;
  }
  if (knowsItsClock || aheadMs < CLOCK_OFF_MS) return undefined;
  return `the clock of this endpoint is ${spanInWords(aheadMs)} ahead of the platform's`;
}
