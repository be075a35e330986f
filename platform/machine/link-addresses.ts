import { type NetlinkMessage, openNetlink } from './netlink.ts';

const NETLINK_ROUTE = 0;
const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
/** `NLM_F_REQUEST` and `NLM_F_DUMP`. */
const REQUEST_DUMP = 0x301;
const IFLA_ADDRESS = 1;
const IFINFO_BYTES = 16;
const ATTRIBUTE_BYTES = 4;

/**
 * The hardware addresses of the interfaces, in hex with colons, empty for one without: those of the network that this
 * process is in, which may be another one than that of /sys. Undefined where the system does not tell.
 */
export function readLinkAddresses(): string[] | undefined {
  try {
    const socket = openNetlink(NETLINK_ROUTE);
    if (!socket) return undefined;
    try {
      const payload = Buffer.alloc(IFINFO_BYTES);
      socket.send({ type: RTM_GETLINK, flags: REQUEST_DUMP, sequence: 1, payload });
      return parseLinkAddresses(socket.receive());
    } finally {
      socket.close();
    }
  } catch {
    return undefined; // A filter of system calls may forbid it.
  }
}

/** Undefined when the kernel has answered with no interface, not even the loopback. */
export function parseLinkAddresses(messages: readonly NetlinkMessage[]): string[] | undefined {
  const links = messages.filter(({ type }) => type === RTM_NEWLINK);
  return links.length === 0 ? undefined : links.map(({ payload }) => addressOf(payload));
}

/** The attributes follow `struct ifinfomsg`, each with its length and type, on borders of four bytes. */
function addressOf(link: Buffer): string {
  let at = IFINFO_BYTES;
  while (at + ATTRIBUTE_BYTES <= link.length) {
    const length = link.readUInt16LE(at);
    if (length < ATTRIBUTE_BYTES) break;
    if (link.readUInt16LE(at + 2) === IFLA_ADDRESS) {
      return formatBytes(link.subarray(at + ATTRIBUTE_BYTES, at + length));
    }
    at += (length + 3) & ~3;
  }
  return '';
}

function formatBytes(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
