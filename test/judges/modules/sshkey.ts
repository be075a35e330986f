import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModuleResult } from '../../../contract/module-result.ts';
import { findProgram, linesOf } from '../programs.ts';
import type { Explanation, Judge, ModuleQuestions, Question } from '../question.ts';

interface Key {
  path: string;
  fingerprint_md5: string;
  fingerprint_sha256: string;
}

/** Names of the keys, and how ssh-keygen makes them. */
const KEYS: [string, string[]][] = [
  ['rsa-openssh', ['-t', 'rsa', '-b', '2048']],
  ['rsa-pem', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
  ['dsa-pem', ['-t', 'dsa', '-m', 'PEM']],
  ['ecdsa-openssh', ['-t', 'ecdsa', '-b', '384']],
  ['ecdsa-pem', ['-t', 'ecdsa', '-b', '521', '-m', 'PEM']],
  ['ed25519-openssh', ['-t', 'ed25519']],
  ['ed25519-locked', ['-t', 'ed25519', '-N', 'a passphrase']],
  ['rsa-locked-openssh', ['-t', 'rsa', '-b', '2048', '-N', 'a passphrase']],
];

export const sshkeyQuestions: ModuleQuestions = {
  module: 'sshkey',
  async open(resources) {
    const folder = mkdtempSync(join(tmpdir(), 'mig-judges-'));
    resources.defer(() => rmSync(folder, { recursive: true, force: true }));
    const isHere = findProgram('ssh-keygen') !== undefined;
    if (isHere) makeKeys(folder);
    return isHere ? questionsAbout(folder) : [nothingMade(folder)];
  },
};

function makeKeys(folder: string): void {
  const [privates, publics] = [join(folder, 'private'), join(folder, 'public')];
  for (const one of [privates, publics, join(folder, '.ssh')]) mkdirSync(one);
  for (const [name, args] of KEYS) {
    const file = join(privates, name);
    const passphrase = args.includes('-N') ? [] : ['-N', ''];
    // A later ssh-keygen makes no DSA keys.
    try {
      keygen(['-q', '-C', `${name}@judge`, ...args, ...passphrase, '-f', file]);
    } catch {
      continue;
    }
    // Beside a private key, ssh-keygen would read it instead.
    renameSync(`${file}.pub`, join(publics, `${name}.pub`));
  }
  authorize(folder, publics);
  const certified = join(publics, 'ed25519-openssh.pub');
  keygen(['-q', '-s', join(privates, 'rsa-openssh'), '-I', 'judge', '-n', 'root', certified]);
  const certificates = join(folder, 'certified');
  mkdirSync(certificates);
  copyFileSync(certified.replace('.pub', '-cert.pub'), join(certificates, 'authorized_keys'));
  // MIG looks at the file only for the sake of such a line.
  appendFileSync(join(certificates, 'authorized_keys'), readFileSync(join(publics, 'rsa-pem.pub')));
}

/** With options, comments and empty lines. */
function authorize(folder: string, publics: string): void {
  const file = join(folder, '.ssh', 'authorized_keys');
  appendFileSync(file, '# keys of a judge\n\n');
  for (const [index, name] of readdirSync(publics).sort().entries()) {
    const options = index % 2 === 0 ? '' : 'restrict,command="echo \\"a b\\" # c",from="192.0.2.0/24" ';
    appendFileSync(file, `${options}${readFileSync(join(publics, name), 'utf8')}`);
  }
}

function keygen(args: string[]): void {
  execFileSync('ssh-keygen', args, { stdio: 'ignore' });
}

const CERTIFICATE: Explanation = {
  lines: /^(ours|theirs) \S+ .*"path":"[^"]*\/certified\/authorized_keys"/,
  because: 'MIG hashes all of a certificate, not its key as ssh-keygen does',
};

function questionsAbout(folder: string): Question[] {
  return [
    {
      what: 'keys of every type and form',
      parameters: { paths: [folder] },
      judges: [sshKeygen(folder)],
      mig: {
        explained: [
          CERTIFICATE,
          {
            lines: /^theirs error \S+\/authorized_keys contained unparsable data$/,
            because: 'MIG cannot parse a comment in authorized_keys',
          },
          {
            lines:
              /^ours .*"path":"[^"]*\/(private|public)\/(?!rsa-pem|dsa-pem|rsa-\w+(-openssh)?\.pub|rsa-openssh\.pub)/,
            because: 'MIG looks only at files with RSA or DSA at the start of a line',
          },
        ],
      },
    },
    {
      what: 'the same, asked as MIG asks',
      parameters: { paths: [folder] },
      terms: null,
      mig: { explained: [CERTIFICATE] },
    },
    {
      what: 'keys of this machine',
      parameters: { paths: ['/etc/ssh', '/root/.ssh'] },
      judges: [
        {
          ...sshKeygen('/etc/ssh', '/root/.ssh'),
        },
      ],
      mig: 'it was asked about keys of every type',
    },
    { what: 'too deep', parameters: { paths: [folder], maxdepth: 1001 } },
    { what: 'not deep enough', parameters: { paths: [folder], maxdepth: 1 } },
  ];
}

/** Both fingerprints of every key of every file. */
function sshKeygen(...folders: string[]): Judge {
  return {
    program: 'ssh-keygen',
    theirs: () =>
      linesOf(['find', ...folders, '-type', 'f']).flatMap((path) =>
        ['sha256', 'md5'].flatMap((hash) =>
          linesOf(['ssh-keygen', '-lf', path, '-E', hash]).flatMap((line) => {
            const fingerprint = /^\d+ (?:MD5:)?(\S+) /.exec(line)?.[1];
            return fingerprint === undefined ? [] : `${path} ${fingerprint}`;
          }),
        ),
      ),
    ours: (result) =>
      keysOf(result).flatMap(({ path, fingerprint_md5, fingerprint_sha256 }) => [
        `${path} ${fingerprint_sha256}`,
        `${path} ${fingerprint_md5}`,
      ]),
  };
}

function nothingMade(folder: string): Question {
  return {
    what: 'a folder without keys',
    parameters: { paths: [folder] },
    judges: [sshKeygen(folder)],
  };
}

function keysOf({ elements }: ModuleResult): Key[] {
  return (elements as { keys: Key[] | null }).keys ?? [];
}
