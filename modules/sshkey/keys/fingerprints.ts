import { createHash } from 'node:crypto';

export interface Fingerprints {
  fingerprint_md5: string;
  fingerprint_sha256: string;
}

/** Those of a key that cannot be read. */
export const UNKNOWN: Fingerprints = { fingerprint_md5: '', fingerprint_sha256: '' };

/** The fingerprints as `ssh-keygen -l` prints them. */
export function fingerprintsOf(publicKey: Buffer): Fingerprints {
  const md5 = createHash('md5').update(publicKey).digest('hex');
  const sha256 = createHash('sha256').update(publicKey).digest('base64');
  return {
    fingerprint_md5: md5.replace(/..(?=.)/g, '$&:'),
    fingerprint_sha256: `SHA256:${sha256.replace(/=+$/, '')}`,
  };
}
