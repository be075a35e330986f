import { expect, test } from 'vitest';
import { ping } from '../../../../modules/ping/module.ts';

test('the first problem is named in the words of MIG', () => {
  const tcp = { protocol: 'tcp', destination: 'h', destinationport: 80 };
  expect(ping.checkParameters({ ...tcp, protocol: 'TCP' })).toBe('TCP is not a supported ping protocol');
  expect(ping.checkParameters({ ...tcp, protocol: 'udp', destinationport: -1 })).toBe(
    'udp ping requires a valid destination port between 0 and 65535, got -1',
  );
  expect(ping.checkParameters({ ...tcp, protocol: 'icmp', destinationport: -1 })).toBeUndefined();
  expect(ping.checkParameters(tcp)).toBeUndefined();
});

test('a timeout is neither negative nor longer than a day', () => {
  const icmp = { protocol: 'icmp', destination: 'h' };
  expect(ping.checkParameters({ ...icmp, timeout: -1 })).toContain(
    'timeout must be between 0 and 86400 seconds',
  );
  expect(ping.checkParameters({ ...icmp, timeout: 86_401 })).toContain('timeout must be between');
  expect(ping.checkParameters({ ...icmp, timeout: 0.5 })).toBeUndefined();
});

test('what the command line does not say is as in MIG', () => {
  expect(ping.parseFlags(['-c', '3'])).toEqual({
    destination: 'www.google.com',
    destinationport: -1,
    protocol: 'icmp',
    count: 3,
    timeout: 5,
  });
});
