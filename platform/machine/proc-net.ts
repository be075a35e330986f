import { type Address, unmapped } from '../../contract/go/ip-address.ts';

/**
 * An address as the tables of /proc/net have it (proc_pid_net(5)). The kernel prints words of 32 bits as numbers of the
 * processor, on which the lowest byte is first.
 */
export function addressOfProcNet(digits: string): Address {
  return unmapped(digits.toLowerCase().replace(/(..)(..)(..)(..)/g, '$4$3$2$1'));
}
