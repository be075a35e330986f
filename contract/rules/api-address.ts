/** Hosts that no packet leaves this machine for. */
const THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]'];

interface AddressOptions {
  /** Whose secret travels with every request: without TLS everybody on the way could read it. */
  secretOf: string;
  allowsPlainHttp?: boolean | undefined;
}

/** What is wrong with the base address of an API to which a secret is sent; undefined when it is good. */
export function problemOfApiAddress(
  text: string,
  { secretOf, allowsPlainHttp = false }: AddressOptions,
): string | undefined {
  if (!URL.canParse(text)) return 'is no address of an API, such as https://mig.example.net/api/v1/';
  const { protocol, hostname, username, search, hash } = new URL(text);
  const isPlainAllowed = allowsPlainHttp || THIS_MACHINE.includes(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && isPlainAllowed)) {
    return `must begin with https://: ${secretOf} travels with every request`;
  }
  if (username !== '' || search !== '' || hash !== '') return 'must have no user, no ? and no #';
  return undefined;
}

/** The address as it may be shown: without all that may be a user's name and password, however badly written. */
export function withoutUser(text: string): string {
  return text.replace(/\/\/.*@/s, '//');
}
