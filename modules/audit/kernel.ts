import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { MigError } from '../../contract/errors.ts';
import type { NetlinkMessage, NetlinkSocket } from '../../platform/machine/netlink.ts';

/** The part of `struct audit_status` that is used here. */
interface AuditStatus {
  /** 0 off, 1 on, 2 on until the next boot. */
  enabled: number;
  /** The process that receives the events; 0 for none. */
  pid: number;
}

/** Requests to the kernel's audit, and its events. */
export interface AuditKernel {
  status(): Promise<AuditStatus>;
  /** Changes one setting. Rejects with the system's error. */
  set(setting: keyof typeof SETTINGS, value: number): Promise<void>;
  listRules(): Promise<Buffer[]>;
  addRule(rule: Buffer): Promise<void>;
  deleteRule(rule: Buffer): Promise<void>;
  /** Sends without waiting for the answer, for a process that ends. */
  sendLast(request: { deleteRule: Buffer } | { setting: keyof typeof SETTINGS; value: number }): void;
  /** Passes on the events that wait. Throws the system's error. */
  poll(): void;
}

const GET = 1000;
const SET = 1001;
const ADD_RULE = 1011;
const DEL_RULE = 1012;
const LIST_RULES = 1013;
const FIRST_EVENT = 1100;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const REQUEST = 1;
const ACK = 4;

/** The bit in the mask of `struct audit_status`, and the place of the value among its 32-bit numbers. */
const SETTINGS = {
  enabled: { bit: 0x1, place: 1 },
  pid: { bit: 0x4, place: 3 },
  rateLimit: { bit: 0x8, place: 4 },
  backlogLimit: { bit: 0x10, place: 5 },
} as const;
const STATUS_BYTES = 40;

const TIMEOUT_MS = 5_000;
const POLL_MS = 2;
const MAX_RULES = 100_000;

export function createAuditKernel(
  socket: NetlinkSocket,
  onEvent: (event: { type: number; text: string }) => void,
): AuditKernel {
  let sequence = 0;
  let pending: Pending | undefined;
  const poll = () => {
    for (const message of socket.receive()) {
      if (message.type >= FIRST_EVENT) onEvent({ type: message.type, text: textOf(message.payload) });
      else if (message.sequence === pending?.sequence) collect(pending, message);
    }
  };
  const send = (type: number, payload: Buffer, flags: number) =>
    socket.send({ type, flags, sequence: ++sequence, payload });
  /** One request at a time. `answers` is the type of the messages that follow the acknowledgement, if any. */
  const request = async (
    type: number,
    payload: Buffer = Buffer.alloc(0),
    answers?: number,
  ): Promise<Buffer[]> => {
    send(type, payload, REQUEST | ACK);
    const mine: Pending = { sequence, answers, received: [], isAcknowledged: false, isComplete: false };
    pending = mine;
    const deadlineMs = performance.now() + TIMEOUT_MS;
    while (!mine.isComplete && mine.error === undefined) {
      poll();
      if (performance.now() > deadlineMs) throw new MigError('unavailable', 'the kernel did not answer');
      if (!mine.isComplete) await sleep(POLL_MS);
    }
    pending = undefined;
    if (mine.error !== undefined) throw systemError(mine.error);
    return mine.received;
  };
  return {
    poll,
    async status() {
      const [status] = await request(GET, undefined, GET);
      if (status === undefined || status.length < 16) throw new MigError('unavailable', 'no status');
      return { enabled: status.readUInt32LE(4), pid: status.readUInt32LE(12) };
    },
    set: async (setting, value) => void (await request(SET, statusWith(setting, value))),
    listRules: () => request(LIST_RULES, undefined, LIST_RULES),
    addRule: async (rule) => void (await request(ADD_RULE, rule)),
    deleteRule: async (rule) => void (await request(DEL_RULE, rule)),
    sendLast(last) {
      if ('deleteRule' in last) send(DEL_RULE, last.deleteRule, REQUEST);
      else send(SET, statusWith(last.setting, last.value), REQUEST);
    },
  };
}

interface Pending {
  sequence: number;
  answers: number | undefined;
  received: Buffer[];
  isAcknowledged: boolean;
  isComplete: boolean;
  error?: number;
}

/** The acknowledgement may come before or after the answers. A status is one message, a list of rules ends with its own. */
function collect(pending: Pending, { type, payload }: NetlinkMessage): void {
  if (type === NLMSG_ERROR) {
    const error = payload.length < 4 ? -1 : payload.readInt32LE(0);
    if (error !== 0) pending.error = -error;
    else pending.isAcknowledged = true;
  }
  if (type === pending.answers && pending.received.length < MAX_RULES) pending.received.push(payload);
  const isListed = type === NLMSG_DONE || (pending.answers === GET && pending.received.length > 0);
  if (pending.answers === undefined ? pending.isAcknowledged : isListed) pending.isComplete = true;
}

function statusWith(setting: keyof typeof SETTINGS, value: number): Buffer {
  const { bit, place } = SETTINGS[setting];
  const status = Buffer.alloc(STATUS_BYTES);
  status.writeUInt32LE(bit, 0);
  status.writeUInt32LE(value, place * 4);
  return status;
}

/** Events are texts that may end with zero bytes. */
function textOf(payload: Buffer): string {
  const zero = payload.indexOf(0);
  return payload.toString('utf8', 0, zero === -1 ? payload.length : zero);
}

/** The form of the runtime's own errors. */
function systemError(errno: number): NodeJS.ErrnoException {
  const code = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
  return Object.assign(new Error(code), { code, errno });
}
