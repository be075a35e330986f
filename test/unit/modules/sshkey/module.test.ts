import { expect, test } from 'vitest';
import { EMPTY_RESULT } from '../../../../contract/module-result.ts';
import { CANDIDATE } from '../../../../modules/sshkey/candidate-patterns.ts';
import { defaultPaths } from '../../../../modules/sshkey/default-paths.ts';
import { sshkey } from '../../../../modules/sshkey/module.ts';
import { compilePattern } from '../../../../platform/re2/regexp.ts';

test('no flag is needed, and a flag may be repeated', () => {
  expect(sshkey.parseFlags([])).toEqual({});
  expect(sshkey.parseFlags(['help'])).toBeUndefined();
  const parameters = { paths: ['/home', '/srv'], maxdepth: 3 };
  expect(sshkey.parseFlags(['-path', '/home', '-path=/srv', '-maxdepth', '3'])).toEqual(parameters);
});

test('a depth out of range, or that is no whole number, is refused with its name', () => {
  expect(() => sshkey.parseFlags(['-maxdepth', '1001'])).toThrow('maxdepth should be specified from 0-1000');
  expect(sshkey.checkParameters({ maxdepth: -1 })).toBe('maxdepth should be specified from 0-1000');
  expect(sshkey.checkParameters({ maxdepth: 1.5 })).toContain('maxdepth');
});

test('an encrypted key without fingerprints is printed as unknown', () => {
  const key = { fingerprint_md5: '', fingerprint_sha256: '', path: '/k', encrypted: true, type: 'private' };
  const result = { ...EMPTY_RESULT, elements: { keys: [key] }, errors: ['an error'] };
  const line = '/k [private] encrypted=true md5fp=unknown sha256fp=unknown';
  expect(sshkey.print(result, { foundOnly: true })).toEqual([line]);
  expect(sshkey.print(result, { foundOnly: false })).toEqual([line, 'an error']);
});

test('a result without keys prints nothing', () => {
  expect(sshkey.print({ ...EMPTY_RESULT, elements: { keys: null } }, { foundOnly: false })).toEqual([]);
  expect(sshkey.print(EMPTY_RESULT, { foundOnly: true })).toEqual([]);
});

test('the first line of every key form is a candidate, a line of known_hosts is none', () => {
  const pattern = compilePattern(CANDIDATE);
  const candidates = [
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    '-----BEGIN EC PRIVATE KEY-----',
    'ssh-rsa AAAAB3',
    ' \tecdsa-sha2-nistp521\tAAAAE2',
    'sk-ssh-ed25519@openssh.com AAAAGn',
    'sk-ecdsa-sha2-nistp256-cert-v01@openssh.com AAAAK3',
    'ssh-ed25519-cert-v01@openssh.com AAAAI',
    'NO-Pty,from="10.0.0.0/8" ssh-ed25519 AAAAC3',
    'command="echo a b" ssh-dss AAAAB3',
  ];
  const others = [
    'ssh-rsa is a type',
    'host.example ssh-rsa AAAAB3',
    '@revoked * ssh-rsa AAAAB3',
    '-----BEGIN PRIVATE KEY-----',
    '# ssh-rsa AAAAB3',
  ];
  expect(candidates.filter((line) => !pattern.test(line))).toEqual([]);
  expect(others.filter((line) => pattern.test(line))).toEqual([]);
});

test('only home folders that exist are searched by default', () => {
  expect(defaultPaths('linux')).toContain('/root');
  expect(defaultPaths('darwin')).not.toContain('/Users');
  expect(defaultPaths('freebsd')).toEqual([]);
});
