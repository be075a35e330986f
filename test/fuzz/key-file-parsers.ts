import { readKeys } from '../../modules/sshkey/read-keys.ts';
import { fixture } from './corpus.ts';
import type { Parser } from './parser.ts';

const EXAMPLES = [
  'rsa',
  'rsa-pem',
  'rsa-pem-encrypted',
  'rsa-pkcs8',
  'rsa-cert.pub',
  'dsa-pem',
  'ec521-pem',
  'ec256',
  'ed25519',
  'ed25519-encrypted',
  'sk-ed25519-cert.pub',
  'authorized_keys',
  'known_hosts',
];
const MAX_BYTES = 1024 ** 2;

/** Key files belong to the users of an endpoint. */
export function keyFileParsers(): Parser[] {
  return [
    {
      name: 'ssh-key-file',
      corpus: EXAMPLES.map((name) => fixture(`modules/sshkey/keys/${name}`)),
      maxBytes: MAX_BYTES,
      parse: (content) =>
        ['authorized_keys', 'file'].map((name) => [...readKeys({ name, content, asMig: false })]),
    },
  ];
}
