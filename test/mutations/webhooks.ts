import { type Mutation, services, unit } from './mutation.ts';

export const WEBHOOK_MUTATIONS: readonly Mutation[] = [
  {
    name: 'webhooks signed without their time',
    file: 'contract/webhooks/signature.ts',
    find: '.update(signed)',
    replace: '.update(body)',
    caughtBy: unit('contract/webhooks/signature.test.ts', 'the official example has the official signature'),
  },
  {
    name: 'webhooks into the private network',
    file: 'platform/network/post-outside.ts',
    find: '!isPublicAddress(address) && !isAddressIn(address, allowed)',
    replace: '!isPublicAddress(address) && isAddressIn(address, allowed)',
    caughtBy: services('integration/webhooks.test.ts', '%s is refused'),
  },
  {
    name: 'only the first address of a name checked',
    file: 'platform/network/post-outside.ts',
    find: 'const wrong = addresses.find(',
    replace: 'const wrong = addresses.slice(0, 1).find(',
    caughtBy: services(
      'integration/webhooks.test.ts',
      'is refused when one of the addresses of a name is in it',
    ),
  },
  {
    name: 'private networks behind NAT64 taken for public',
    file: 'platform/network/public-address.ts',
    find: 'if (isIn(address, NAT64)) return isPublic(address.slice(-IPV4_DIGITS));',
    replace: 'if (isIn(address, NAT64)) return true;',
    caughtBy: unit(
      'platform/network/public-address.test.ts',
      'is what it is alone: mapped, and behind NAT64',
    ),
  },
  {
    name: 'two workers claim one delivery',
    file: 'platform/postgres/queries/webhooks/work.ts',
    find: "dueat = now() + $1 * interval '1 millisecond'\n       FROM due",
    replace: "dueat = now() - $1 * interval '1 millisecond'\n       FROM due",
    caughtBy: services('integration/webhooks.test.ts', 'two workers deliver each event once'),
  },
  {
    name: 'half a line of a full disk stays in the file of events',
    file: 'worker/sinks/file-sink.ts',
    find: 'await handle.truncate(size);',
    replace: '{}',
    caughtBy: unit('worker/sinks/file-sink.test.ts', 'a disk that is full refuses a batch'),
  },
  {
    name: 'the end of a file of somebody else removed',
    file: 'worker/sinks/own-lines.ts',
    find: 'if (!isOwn(first) ||',
    replace: 'if (',
    caughtBy: unit('worker/sinks/file-sink.test.ts', 'is refused, and stays as it is'),
  },
  {
    name: 'two workers write to one sink',
    file: 'platform/postgres/queries/event-claims.ts',
    find: 'AND (holder IS NULL OR holder = $2 OR helduntil < now())',
    replace: 'AND $2::uuid IS NOT NULL',
    caughtBy: services(
      'integration/sinks.test.ts',
      'a sink that hangs holds back neither webhooks nor other sinks',
    ),
  },
  {
    name: 'a late writer moves the position back',
    file: 'platform/postgres/queries/event-claims.ts',
    find: 'AND holder = $2\n       AND (lasttxid, lastid) = ($3::xid8, $4)',
    replace: 'AND ($2::uuid, $3::xid8, $4::bigint) IS NOT NULL',
    caughtBy: services('integration/sinks.test.ts', 'whoever wrote after its claim had ended'),
  },
  {
    name: 'quiet weeks of a webhook counted as failures',
    file: 'platform/postgres/queries/webhooks/work.ts',
    find: " AND w.failedat > now() - interval '2 days'",
    replace: '',
    caughtBy: services('integration/webhooks.test.ts', 'with quiet weeks between them'),
  },
  {
    name: 'interim answers without end',
    file: 'platform/network/post-outside.ts',
    find: 'if (interim <= MAX_INTERIM_ANSWERS) return;',
    replace: 'if (interim > 0) return;',
    caughtBy: unit(
      'platform/network/post-outside.test.ts',
      'a receiver that sends interim answers without end',
    ),
  },
];
