import { nativeName } from '../../dev/build/targets.ts';
import type { PlantedSecrets } from './planted-secrets.ts';

/** An operation of one module that reads what is planted. */
export interface PrivacyCase {
  parameters?: unknown;
  /** A text of the answer: without it the module has not read where the secret is. */
  shows: string;
  /** The names in the answer that extra privacy mode masks, when the module masks any. */
  names?: readonly string[];
  /** The configuration of a persistent module, which then runs. */
  settings?: string;
  /** Runs the operation in another environment. */
  wrapper?: readonly string[];
}

const PLATFORM = nativeName().replace('-', '/');

/** One case for each module. A module without one fails the test of privacy. */
export function privacyCases(planted: PlantedSecrets): Record<string, PrivacyCase> {
  const { folder, pattern, fileName, subject, peer, port, withPackages } = planted;
  const contents = [`password=${pattern}`];
  const process = ['/mig-privacy-subject$'];
  const line = { path: folder, file: '^notes', expression: `password=(${pattern})` };
  return {
    agentdestroy: { parameters: { operation: 'check' }, shows: '"pid":' },
    // It never runs here: it replaces the audit rules of the machine.
    audit: { shows: 'not registered' },
    dispatch: {
      shows: '"ok":true',
      settings: `[dispatch]\nhttpurl = "http://127.0.0.1:1/${planted.secrets.get('a file')}"\n`,
    },
    example: { parameters: { gethostname: true, getaddresses: true }, shows: '"hostname":' },
    examplepersist: {
      parameters: { string: 'hello' },
      shows: 'hello',
      settings: '[examplepersist]\ninterval = 30\n',
    },
    file: {
      parameters: {
        searches: {
          s1: { paths: [folder], contents, options: { decompress: true, matchall: true } },
          s2: { paths: [folder], names: ['^id_'], options: { returnsha256: true, matchall: true } },
        },
      },
      shows: '"sha256":',
      names: [fileName],
    },
    fswatch: { shows: '"ok":true', settings: `[paths]\npath = "recursive:${folder}"\n` },
    memory: {
      parameters: { searches: { s1: { names: process, contents: [pattern], options: { matchall: true } } } },
      shows: subject,
    },
    netstat: {
      parameters: { connectedip: [peer.replace(/\d+$/, '0/24')], listeningport: [String(port)] },
      shows: '"remoteport":',
      names: [peer],
    },
    persistence: {
      parameters: { searches: { s1: { paths: ['^/etc/profile$'], options: { matchall: true } } } },
      shows: '"kind":"profile"',
      names: ['"/etc/profile"'],
    },
    ping: {
      parameters: { protocol: 'tcp', destination: '127.0.0.1', destinationport: port, count: 1 },
      shows: '"protocol":"tcp"',
    },
    pkg: {
      parameters: { pkgmatch: { matches: ['^planted'] } },
      shows: '"planted-package"',
      wrapper: withPackages,
    },
    process: {
      parameters: { searches: { s1: { paths: process, commands: [pattern], options: { matchall: true } } } },
      shows: subject,
      names: [subject],
    },
    scribe: {
      parameters: {
        scribedoc: {
          objects: [{ object: 'password', filecontent: line }],
          tests: [{ test: 't1', object: 'password', regexp: { value: pattern } }],
        },
      },
      shows: '"masterresult":true',
      names: [fileName],
    },
    sshkey: { parameters: { paths: [folder] }, shows: '"SHA256:' },
    timedrift: { parameters: { drift: '' }, shows: '"localtime":' },
    upgrade: {
      parameters: {
        [PLATFORM]: {
          to_version: '20990101+abcdef0.prod',
          location: 'https://127.0.0.1:1/mig-agent',
          checksum: 'ab'.repeat(32),
        },
      },
      shows: 'downloadBinary() ->',
    },
    yara: {
      parameters: {
        yara: `rule planted { strings: $a = /password=${pattern}/ condition: $a }`,
        filesearch: `-path ${folder} -name ^notes`,
      },
      shows: '"planted"',
      names: [fileName],
    },
  };
}
