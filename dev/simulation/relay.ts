import { readFileSync } from 'node:fs';
import type { connect } from 'amqplib';
import type { StackFile } from '../stack/stack-file.ts';

/** Returns the arguments of amqplib's `connect` for one of the stack's users. */
export function relayOptionsOf(
  { relay }: StackFile,
  user: 'scheduler' | 'agent',
): Parameters<typeof connect> {
  const { host, port, vhost, users, caFile, certFile, keyFile } = relay;
  const { name, password } = users[user];
  return [
    { protocol: 'amqps', hostname: host, port, vhost, username: name, password },
    { ca: [readFileSync(caFile)], cert: readFileSync(certFile), key: readFileSync(keyFile), noDelay: true },
  ];
}
