const TYPE = 'ssh-rsa|ssh-dss|ssh-ed25519|ecdsa-sha2-nistp(256|384|521)';
const SECURITY_KEY_TYPE = 'sk-ssh-ed25519|sk-ecdsa-sha2-nistp256';
const DOMAIN = String.raw`@openssh\.com`;
const ANY_TYPE = `(${TYPE}|(${SECURITY_KEY_TYPE})${DOMAIN}|(${TYPE}|${SECURITY_KEY_TYPE})-cert-v01${DOMAIN})`;
/** In binary form every public key begins with three zero bytes: those of the length of its type. */
const PUBLIC_KEY = String.raw`${ANY_TYPE}[ \t]+AAAA`;

const SWITCHES = '(no-)?(agent-forwarding|port-forwarding|pty|touch-required|user-rc|x11-forwarding)';
const VALUES = 'command|environment|expiry-time|from|permitlisten|permitopen|principals|tunnel';
/** The first option of a line of authorized keys. Lines of known_hosts begin with the name of a host. */
const OPTION = `(?i:restrict|cert-authority|verify-required|${SWITCHES}|(${VALUES})=")`;

/** A line with the start of a private key, or with a public key: the files that the module reads. */
export const CANDIDATE = String.raw`^(-----BEGIN (RSA|DSA|EC|OPENSSH) PRIVATE KEY|[ \t]*(${OPTION}.*[ \t])?${PUBLIC_KEY})`;

/** MIG looks for two old types of keys, at the start of a line (spec/modules/sshkey.md#candidates). */
export const MIG_CANDIDATE = '^(-----BEGIN (RSA|DSA) PRIVATE KEY|ssh-(rsa|dss) )';
