import { expect, test } from 'vitest';
import type { ModuleResult } from '../../../../contract/module-result.ts';
import { maskResult } from '../../../../modules/netstat/mask.ts';
import { printResult } from '../../../../modules/netstat/print.ts';

const RESULT: ModuleResult = {
  foundanything: true,
  success: true,
  elements: {
    listeningport: { '22': [{ localaddr: '::', localport: 22, namespace: 'net:[4026531840]' }], '23': null },
    connectedip: {
      '::/0': [{ localaddr: '::1', localport: 1, remoteaddr: '::2', remoteport: 2, namespace: 'default' }],
    },
    localip: { '10.0.0.1': null },
    localmac: { a: [{ localmacaddr: '02:aa' }], zz: null },
    neighbormac: { a: [{ remotemacaddr: '02:aa', remoteaddr: '10.0.0.9', namespace: 'default' }] },
    neighborip: { '10.0.0.9': [{ remotemacaddr: '02:aa', remoteaddr: '10.0.0.9' }], b: null },
  },
  statistics: { examined: 7, exectime: '1ms', totalhits: 0 },
  errors: ['the reason'],
};

test('findings are printed as MIG prints them, group by group', () => {
  expect(printResult(RESULT, { foundOnly: false })).toEqual([
    "found local mac 02:aa for netstat localmac:'a'",
    "found neighbor mac 02:aa 10.0.0.9 for netstat neighbormac:'a'",
    "found neighbor IP 10.0.0.9 02:aa for netstat neighborIP:'10.0.0.9'",
    "did not find anything for netstat neighborIP:'b'",
    "did not find anything for netstat localip:'10.0.0.1'",
    "found connected tuple ::2:2 with local tuple ::1:1 for netstat connectedip:'::/0'",
    "found listening port 22 for netstat listeningport:'22' namespace:[net:[4026531840]]",
    "did not find anything for netstat listeningport:'23'",
    'error: the reason',
    'Statistics: total hits 0 examined 7 items exectime 1ms',
  ]);
  expect(printResult(RESULT, { foundOnly: true })).toHaveLength(5);
});

test('extra privacy masks the remote addresses of connections, and nothing else', () => {
  const masked = maskResult(RESULT);
  expect(JSON.stringify(masked).match(/masked/g)).toHaveLength(1);
  expect(masked.elements).toMatchObject({
    connectedip: { '::/0': [{ localaddr: '::1', remoteaddr: 'masked' }] },
    neighborip: { '10.0.0.9': [{ remoteaddr: '10.0.0.9' }] },
  });
  expect(maskResult({ ...RESULT, elements: null }).elements).toBeNull();
});
