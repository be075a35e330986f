import { goErrno } from '../../contract/go/errno.ts';
import { formatAddress } from '../../contract/go/ip-address.ts';
import type { Part, Search } from './search-run.ts';
import type { Interfaces } from './tables.ts';
import { addressValues, patternValues } from './values.ts';

/** Compares the addresses of local interfaces with `localmac` and `localip`. */
export function searchInterfaces({ parameters, system, findings, clock, tally }: Search): Part {
  const macs = patternValues({ findings, group: 'localmac', values: parameters.localmac }, { flags: '(?i)' });
  const ips = addressValues({ findings, group: 'localip', values: parameters.localip });
  const read = (): Interfaces | undefined => {
    try {
      return system.interfaces();
    } catch (error) {
      tally.errors.push(`the local interfaces cannot be read: ${goErrno(error)}`);
      return undefined;
    }
  };
  return async () => {
    const interfaces = macs.count + ips.count === 0 ? undefined : read();
    for (const mac of (macs.count > 0 && interfaces?.macs) || []) {
      tally.examined += macs.count;
      macs.match([mac], () => ({ localmacaddr: mac === '' ? undefined : mac }));
      clock.check('in the local hardware addresses');
      await clock.pause();
    }
    for (const address of (ips.count > 0 && interfaces?.addresses) || []) {
      tally.examined += ips.count;
      ips.match(address, () => ({ localaddr: formatAddress(address) }));
      clock.check('in the local addresses');
      await clock.pause();
    }
  };
}
