import type { Target } from '../../../../modules/memory/target.ts';

/** The memory of a process as bytes by address. What is not there cannot be read. */
export function createTarget(regions: Record<number, Buffer>, touched?: ReadonlySet<number>): Target {
  const all = Object.entries(regions).map(([address, bytes]) => ({ address: Number(address), bytes }));
  return {
    pid: 4242,
    name: '/usr/bin/app',
    startTicks: 1,
    withMappings: (use) => use([]),
    read(into, address) {
      const region = all.find(({ address: at, bytes }) => address >= at && address < at + bytes.length);
      if (!region) throw Object.assign(new Error('EIO'), { code: 'EIO' });
      return region.bytes.copy(into, 0, address - region.address);
    },
    readPagemap:
      touched &&
      ((into, position) => {
        for (let at = 0; at < into.length; at += 8) {
          const isTouched = touched.has((position + at) / 8);
          into.writeBigUInt64LE(isTouched ? 1n << 63n : 0n, at);
        }
        return into.length;
      }),
    close() {},
  };
}
