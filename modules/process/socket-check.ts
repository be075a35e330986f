import { isInNetwork, type Network, parseNetwork } from '../../contract/go/ip-network.ts';
import type { Socket } from './socket-table.ts';

/** What one socket must be: `[local|remote] [ip or cidr][:port or :from-to]`. */
export interface SocketCheck {
  side: 'local' | 'remote' | undefined;
  network: Network | undefined;
  ports: { from: number; to: number } | undefined;
}

const FORM =
  /^(?:(local|remote) )?(?:\[([0-9a-fA-F:./]+)\]|([0-9.]+(?:\/\d+)?))?(?::(\d{1,5})(?:-(\d{1,5}))?)?$/;
const MAX_PORT = 65_535;

/** Returns undefined for a text of another form. */
export function parseSocketCheck(text: string): SocketCheck | undefined {
  const found = FORM.exec(text);
  if (!found) return undefined;
  const [, side, bracketed, plain, from, to = from] = found;
  const address = bracketed ?? plain;
  const network = address === undefined ? undefined : parseNetwork(address);
  const ports = from === undefined ? undefined : { from: Number(from), to: Number(to) };
  if (address !== undefined && !network) return undefined;
  if (ports && (ports.from > ports.to || ports.to > MAX_PORT)) return undefined;
  if (!network && !ports) return undefined;
  return { side: side as SocketCheck['side'], network, ports };
}

/** Without a side, one end of the socket must have both the address and the port. */
export function passesSocket(check: SocketCheck, { local, remote }: Socket): boolean {
  if (check.side !== 'remote' && passesEnd(check, local)) return true;
  return check.side !== 'local' && passesEnd(check, remote);
}

function passesEnd({ network, ports }: SocketCheck, { address, port }: Socket['local']): boolean {
  if (ports && (port < ports.from || port > ports.to)) return false;
  return !network || isInNetwork(address, network);
}
