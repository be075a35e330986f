import { COMMAND_STATUSES, type CommandStatus } from '../statuses.ts';

export type Counters = Record<CommandStatus, number>;

export function isFinalAction(status: string): boolean {
  return status === 'completed' || status === 'invalid' || status === 'cancelled';
}

export function noCounters(): Counters {
  return { sent: 0, success: 0, failed: 0, timeout: 0, cancelled: 0, expired: 0 };
}

export function targeted(counters: Counters): number {
  return COMMAND_STATUSES.reduce((sum, status) => sum + counters[status], 0);
}

function done(counters: Counters): number {
  return targeted(counters) - counters.sent;
}

/** The counters as MIG shows them, without zeros: `sent` counts all commands, `inflight` the unanswered ones. */
export function migCounters(counters: Counters): Record<string, number> {
  const all = {
    sent: targeted(counters),
    done: done(counters),
    inflight: counters.sent,
    success: counters.success,
    cancelled: counters.cancelled,
    expired: counters.expired,
    failed: counters.failed,
    timeout: counters.timeout,
  };
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count !== 0));
}
