import { MigError } from '../../contract/errors.ts';
import { withChecksum } from './armor.ts';
import { judgeKeys } from './can-sign.ts';
import { type ListedKey, parseOwnKeys, parseSecretKeys, type SecretKeys } from './gpg-listing.ts';
import { type KeyringKey, readPublicKey } from './keyring.ts';
import { type GpgOptions, runGpg } from './run-gpg.ts';
import { chooseSigningKey, type Signer } from './sign.ts';
import { verifySignature } from './verify.ts';

/** The investigator may have to find a smartcard and type its PIN. */
const SIGN_TIMEOUT_MS = 300_000;

/**
 * A signer whose secret key stays in GnuPG: under a passphrase, on a smartcard, or a subkey of a primary key that is
 * kept elsewhere. Verifies every signature as agents do before it returns the signature.
 */
export async function openGpgSigner(options: GpgOptions): Promise<Signer> {
  requireOneLine(options.passphrase);
  const secret = await listSecretKeys(options);
  const publicKey = (await exportGpgKey(options.home, options.fingerprint)) ?? '';
  const key = await readPublicKey(publicKey, options.fingerprint);
  const chosen = chooseSigningKey(options.fingerprint, await judgeKeys(key, Date.now()), (id) =>
    secret.usable.has(id.toHex().toUpperCase()),
  );
  return {
    fingerprint: options.fingerprint,
    publicKey,
    async sign(text) {
      const { signature, messages } = await signDetached(text, {
        options,
        signingFingerprint: chosen.fingerprint,
        digest: digestFor(chosen.curve),
      });
      await requireAccepted(signature, { text, key, messages });
      return signature;
    },
  };
}

/** The keys with a secret in a home of GnuPG; undefined is GnuPG's default home. */
export async function listOwnKeys(home: string | undefined): Promise<ListedKey[]> {
  const { stdout } = await runGpg({ home }, { args: ['--with-colons', '--list-secret-keys'] });
  return parseOwnKeys(stdout.toString());
}

/** The armored public key with this fingerprint in a home of GnuPG; undefined when it has none. */
export async function exportGpgKey(
  home: string | undefined,
  fingerprint: string,
): Promise<string | undefined> {
  const { stdout } = await runGpg({ home }, { args: ['--armor', '--export', fingerprint] });
  return stdout.length === 0 ? undefined : stdout.toString('latin1');
}

/** gpg reads the passphrase as one line. */
function requireOneLine(passphrase: string | undefined): void {
  if (passphrase !== undefined && /[\r\n\0]/.test(passphrase)) {
    throw new MigError('config_invalid', 'the passphrase must be one line');
  }
}

async function listSecretKeys(options: GpgOptions): Promise<SecretKeys> {
  const { fingerprint } = options;
  const { stdout } = await runGpg(options, { args: ['--with-colons', '--list-secret-keys', fingerprint] });
  const secret = parseSecretKeys(stdout.toString());
  if (secret.primary === fingerprint) return secret;
  throw new MigError(
    'key_fingerprint_mismatch',
    `${fingerprint} is a subkey of ${secret.primary}: the fingerprint of the primary key is needed`,
  );
}

/** SHA-256 as MIG's clients, or what the larger curves need. */
function digestFor(curve: string | undefined): string {
  if (curve === 'nistP384') return 'SHA384';
  return curve === 'nistP521' ? 'SHA512' : 'SHA256';
}

async function signDetached(
  text: string,
  {
    options,
    signingFingerprint,
    digest,
  }: { options: GpgOptions; signingFingerprint: string; digest: string },
): Promise<{ signature: string; messages: string }> {
  const { passphrase } = options;
  const args = [
    ...(passphrase === undefined ? [] : ['--pinentry-mode', 'loopback', '--passphrase-fd', '0']),
    // These override gpg.conf: Go's openpgp reads only signatures of the form that MIG writes.
    '--no-armor',
    '--no-textmode',
    '--no-ask-sig-expire',
    '--default-sig-expire',
    '0',
    '--digest-algo',
    digest,
    '--local-user',
    `${signingFingerprint}!`,
    '--output',
    '-',
    '--detach-sign',
  ];
  // gpg reads the passphrase from the first line of this descriptor, and the text from the rest.
  const input = passphrase === undefined ? text : `${passphrase}\n${text}`;
  const { stdout, messages } = await runGpg(options, { args, input, timeoutMs: SIGN_TIMEOUT_MS });
  return { signature: withChecksum(stdout.toString('base64')), messages };
}

/** Throws unless agents accept the signature. */
async function requireAccepted(
  signature: string,
  { text, key, messages }: { text: string; key: KeyringKey; messages: string },
): Promise<void> {
  await verifySignature([text], signature, { keyring: [key], nowMs: Date.now() }).catch((cause) => {
    throw new MigError(
      'config_invalid',
      `gpg made a signature that no agent accepts: ${cause.message}${messages}`,
      { cause },
    );
  });
}
