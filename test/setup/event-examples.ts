const endpoint = { agent: 'web-1.example.net', queueloc: 'linux.web-1.f00d' };
const inbox = { inboxid: 12, name: 'look for passwd', actionid: null };

/** The data of an event of each type. */
export const EVENT_EXAMPLES = {
  'action.ended': {
    actionid: 7,
    name: 'look for passwd',
    status: 'completed',
    reason: null,
    runid: null,
    counters: { success: 9, expired: 1 },
  },
  'action.matched': { actionid: 7, name: 'look for passwd', count: 30, endpoints: [endpoint] },
  'agent.new': { count: 1, endpoints: [{ ...endpoint, version: '20270101', os: 'linux' }] },
  'agent.unauthorized': {
    reason: 'result_wrong_agent',
    count: 3,
    endpoints: [{ queueloc: 'linux.liar.1', commandid: 8 }],
  },
  'inbox.declined': inbox,
  'inbox.launched': { ...inbox, actionid: 13 },
  'inbox.waiting': { inboxid: 12, name: 'look for passwd', until: '2026-12-01T00:00:00Z' },
  'inbox.withdrawn': inbox,
  'sweep.flipped': { sweepid: 2, runid: 3, ...endpoint, check: 'ssh-root', from: 'pass', to: 'fail' },
  'sweep.run': {
    sweepid: 2,
    runid: 3,
    plannedat: '2026-12-01T00:00:00Z',
    state: 'complete',
    reason: null,
    targeted: 10,
    answered: 10,
    counts: { pass: 9, fail: 1 },
  },
  'sweep.signatures': { sweepid: 2, name: 'nightly', until: null, runs: 0 },
  'sweep.waived': { sweepid: 2, waiverid: 4, check: 'ssh-root', until: '2026-12-01T00:00:00Z' },
  'upgrade.failed': {
    actionid: 9,
    count: 1,
    endpoints: [{ queueloc: 'linux.web-1.f00d', step: 'sent', outcome: 'failed', reason: 'no answer' }],
  },
  'webhook.disabled': { webhookid: 5, name: 'siem', reason: 'the receiver answered 410: it is gone' },
  'webhook.test': { webhookid: 5, name: 'siem' },
};
