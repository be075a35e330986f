import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { defineModule } from '../define-module.ts';
import { printResult } from './print.ts';
import { findProblem, Parameters } from './schema.ts';

export const sshkey = defineModule({
  name: 'sshkey',
  summary: 'find SSH keys and return their fingerprints',
  parameters: Parameters,
  findProblem,
  runsWithoutFlags: true,
  print: printResult,
  loadRun: async () => (await import('./run.ts')).sshkeyRun,
  about: {
    intro: `Finds files with SSH keys by their content, and returns the path, type and fingerprints of each key: the first
private key of a file, every line of authorized_keys and authorized_keys2, and the public keys of other files. The
fingerprints are those of ssh-keygen -l.`,
    notes: `Without -path it searches the home folders: /root and /home, on macOS /var/root and /Users, on Windows C:\\Users.

Private keys are read in the forms of OpenSSH and OpenSSL (RSA, DSA, EC), not in PKCS#8 and PuTTY's. An encrypted key in
the form of OpenSSH has fingerprints, one in OpenSSL's has none. A certificate has the fingerprint of its key.
Files over 1 MB are not read; authorized_keys up to 16 MB. Lines of known_hosts do not count.`,
    platforms: { linux: 'complete', darwin: 'written, never run', windows: 'written, never run' },
    privacy: `Path, type and fingerprints of keys, and whether they are encrypted. Never a key, a comment or an option. Extra
privacy mode masks nothing.`,
    example: {
      question: 'Whose keys open this machine?',
      args: ['-path', '/root/.ssh', '-path', '/home'],
      result: {
        ...EMPTY_RESULT,
        foundanything: true,
        success: true,
        elements: {
          keys: [
            {
              fingerprint_md5: '12:eb:b7:29:70:e3:d0:0e:2e:4b:f8:e2:40:cd:97:d2',
              fingerprint_sha256: 'SHA256:Rd9ffsBrd0vDcaXYUxWhokrN8xl0rUcrDDmUqPv6M+w',
              path: '/home/ada/.ssh/authorized_keys',
              encrypted: false,
              type: 'authorizedkeys',
            },
          ],
        },
      },
    },
  },
});
