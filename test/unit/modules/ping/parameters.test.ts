import { expect, test } from 'vitest';
import { NO_TERMS } from '../../../../modules/module.ts';
import { ping } from '../../../../modules/ping/module.ts';
import { pingRun } from '../../../../modules/ping/run.ts';

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

test.each([-1, 0.5, 1.5])('a count of %d is refused by name, except to a program of MIG', async (count) => {
  const parameters = { protocol: 'udp', destination: '127.0.0.1', destinationport: 9, count, timeout: 0.1 };
  const loadHost = () => Promise.reject(new Error('no host'));
  const refused = await pingRun.run(parameters, { loadHost });
  expect(refused).toMatchObject({ success: false, elements: null });
  expect(refused.errors?.join()).toContain(`count must be a whole number of probes`);
  const asMig = await pingRun.run(parameters, { loadHost, terms: { ...NO_TERMS, asMig: true } });
  expect(asMig).toMatchObject({ success: true, errors: null });
  expect(ping.findMistake?.({ ...parameters, count: 0 })).toBeUndefined();
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
