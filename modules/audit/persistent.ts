import { readFileSync, statSync } from 'node:fs';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { goErrno } from '../../contract/go/errno.ts';
import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { openNetlink } from '../../platform/machine/netlink.ts';
import { definePersistent } from '../define-persistent.ts';
import type { PersistentHost } from '../module.ts';
import { auditAlert } from './events/alert-text.ts';
import { RecordJoiner } from './events/join-records.ts';
import { type AuditKernel, createAuditKernel } from './kernel.ts';
import { type BuiltRules, buildRules } from './rules/build-rules.ts';
import { encodeRule } from './rules/encode-rule.ts';
import { parseRules } from './rules/parse-rules.ts';
import { Config } from './schema.ts';

const NETLINK_AUDIT = 9;
const POLL_MS = 100;
const MAX_RULE_FILE_BYTES = 1024 * 1024;
const DEFAULTS = { rateLimit: 500, backlogLimit: 16_384 };

/** Receives the kernel's audit events, and raises each as an alert (spec/modules/audit.md#start). */
export const auditPersistent = definePersistent({
  config: Config,
  async start({ audit }, { host }) {
    if (process.platform !== 'linux') {
      const os = process.platform === 'win32' ? 'windows' : process.platform;
      throw new MigError('unavailable', `audit module not supported on ${os}`);
    }
    // Before anything is changed: a mistake in the file must not leave the machine without rules.
    const rules = readRules(audit.rulespath);
    const joiner = new RecordJoiner({
      now: () => performance.now(),
      onEvent: (event) => host.alert(auditAlert(event, { includeRaw: audit.includeraw })),
    });
    const kernel = await inStep('NewNetlinkConnection', () => connect(joiner));
    const end = await takeOver(kernel, { host, rules, limits: audit });
    host.log('listening for audit events');
    listen(kernel, { joiner, host });
    return { end };
  },
  answer: () => ({ ...EMPTY_RESULT, foundanything: true, success: true, elements: { ok: true } }),
});

function readRules(file: string): BuiltRules {
  if (file === '') throw new MigError('config_invalid', 'rulespath is not configured');
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > MAX_RULE_FILE_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_RULE_FILE_BYTES}`);
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MigError('config_invalid', `open ${file}: ${goErrno(cause)}`, { cause });
  }
  try {
    return buildRules(parseRules(text));
  } catch (cause) {
    throw new MigError('config_invalid', `SetRules: ${errorMessage(cause)}`, { cause });
  }
}

async function connect(joiner: RecordJoiner): Promise<AuditKernel> {
  const socket = openNetlink(NETLINK_AUDIT);
  if (!socket) throw new MigError('unavailable', 'this system has no netlink sockets');
  return createAuditKernel(socket, ({ type, text }) => joiner.add(type, text));
}

interface Setup {
  host: PersistentHost;
  rules: BuiltRules;
  limits: { ratelimit: number; backloglimit: number };
}

/** MIG's steps, each with its name in the error. Returns what undoes them. */
async function takeOver(kernel: AuditKernel, { host, rules, limits }: Setup): Promise<() => void> {
  const { ratelimit, backloglimit } = limits;
  const before = await inStep('AuditSetEnabled', () => kernel.status());
  await inStep('AuditSetEnabled', () => kernel.set('enabled', 1));
  const { enabled } = await inStep('AuditIsEnabled', () => kernel.status());
  if (enabled === 0) throw new MigError('unavailable', 'was not possible to enable audit');
  host.log('auditing enabled');
  await inStep('AuditSetRateLimit', () => kernel.set('rateLimit', positiveOr(ratelimit, DEFAULTS.rateLimit)));
  await inStep('AuditSetBacklogLimit', () =>
    kernel.set('backlogLimit', positiveOr(backloglimit, DEFAULTS.backlogLimit)),
  );
  await inStep('AuditSetPID', () => kernel.set('pid', process.pid));
  await inStep('DeleteAllRules', async () => {
    for (const rule of await kernel.listRules()) await kernel.deleteRule(rule);
  });
  for (const warning of rules.warnings) host.log(`ruleset warning: ${warning}`);
  const encoded = rules.rules.map(encodeRule);
  await inStep('SetRules', async () => {
    for (const rule of encoded) await kernel.addRule(rule);
  });
  host.log('auditing configured');
  return () => {
    // Without a receiver the kernel would write the events to its own log.
    for (const rule of encoded) kernel.sendLast({ deleteRule: rule });
    if (before.enabled === 0) kernel.sendLast({ setting: 'enabled', value: 0 });
  };
}

async function inStep<T>(step: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new MigError('unavailable', `${step}: ${goErrno(cause)}`, { cause });
  }
}

function listen(kernel: AuditKernel, { joiner, host }: { joiner: RecordJoiner; host: PersistentHost }): void {
  const timer = setInterval(() => {
    try {
      kernel.poll();
      joiner.flushOld();
    } catch (error) {
      clearInterval(timer);
      host.fail(error);
    }
  }, POLL_MS);
}

function positiveOr(value: number, fallback: number): number {
  return value > 0 ? Math.min(value, 2 ** 31) : fallback;
}
