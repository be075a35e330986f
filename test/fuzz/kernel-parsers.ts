import { auditAlert } from '../../modules/audit/events/alert-text.ts';
import { type JoinedEvent, RecordJoiner } from '../../modules/audit/events/join-records.ts';
import { buildRules } from '../../modules/audit/rules/build-rules.ts';
import { encodeRule } from '../../modules/audit/rules/encode-rule.ts';
import { parseRules } from '../../modules/audit/rules/parse-rules.ts';
import { describeAlert } from '../../modules/dispatch/record.ts';
import { parseInotifyEvents } from '../../platform/machine/inotify.ts';
import { encodeNetlink, parseNetlink } from '../../platform/machine/netlink.ts';
import type { Parser } from './parser.ts';

const DATAGRAM_BYTES = 64 * 1024;
const RULES_BYTES = 1024 ** 2;

/** What the kernel passes on: names, arguments and labels in it are the users' own. */
export function kernelParsers(): Parser[] {
  return [
    {
      name: 'audit-records',
      corpus: [Buffer.from(RECORDS)],
      maxBytes: DATAGRAM_BYTES,
      parse: (input) => alertsOf(input.toString()).map(dispatched),
    },
    {
      name: 'audit-rules',
      corpus: [Buffer.from(RULES)],
      maxBytes: RULES_BYTES,
      parse: (input) => buildRules(parseRules(input.toString())).rules.map(encodeRule),
    },
    {
      name: 'netlink',
      corpus: [netlinkMessages()],
      maxBytes: DATAGRAM_BYTES,
      parse: parseNetlink,
    },
    {
      name: 'inotify',
      corpus: [inotifyEvents()],
      maxBytes: DATAGRAM_BYTES,
      parse: (input) => parseInotifyEvents(input, input.length),
    },
  ];
}

/** A line for each record: its type, and what the kernel writes. */
function alertsOf(lines: string): string[] {
  const alerts: string[] = [];
  const onEvent = (event: JoinedEvent) => alerts.push(auditAlert(event, { includeRaw: true }));
  const joiner = new RecordJoiner({ now: () => 0, onEvent });
  for (const line of lines.split('\n')) joiner.add(Number.parseInt(line, 10), line.replace(/^\d* /, ''));
  return alerts;
}

function dispatched(alert: string): string {
  return describeAlert(alert, {
    hostname: 'web-1',
    environment: {},
    tags: {},
    isMozdef: true,
    now: new Date(0),
  });
}

const RECORDS = `1300 audit(1364481363.243:24287): arch=c000003e syscall=59 success=yes a0=7fffd19c5592 comm="cat" exe="/bin/cat" key=(null)
1309 audit(1364481363.243:24287): argc=2 a0="cat" a1=2F746D702F6120222062
1302 audit(1364481363.243:24287): item=0 name=2F746D702F6120222062 inode=10
1320 audit(1364481363.243:24287):
1112 audit(1364481364.000:24288): pid=1 uid=0 msg='op=login acct="root" exe="/usr/sbin/sshd" res=success'
`;
const RULES = JSON.stringify({
  audit_rules: [
    { path: '/', permission: 'wa', key: 'k' },
    {
      syscalls: ['execve'],
      fields: [
        { name: 'auid', op: '!=', value: 'unset' },
        { name: 'arch', value: 'b64' },
      ],
      actions: ['always', 'exit'],
      key: 'commands',
    },
    { fields: [{ name: 'msgtype', value: 1300 }], actions: ['exclude', 'never'] },
  ],
});

function netlinkMessages(): Buffer {
  const payload = Buffer.from('12345678');
  return Buffer.concat(
    [2, 1000, 1013].map((type) => encodeNetlink({ type, flags: 0, sequence: 1, payload })),
  );
}

function inotifyEvents(): Buffer {
  const [event, name] = [Buffer.alloc(16), Buffer.from('name\0\0\0\0')];
  event.writeInt32LE(1, 0);
  event.writeUInt32LE(0x100, 4);
  event.writeUInt32LE(name.length, 12);
  return Buffer.concat([event, name, event.subarray(0, 12), Buffer.alloc(4)]);
}
