import { expect, test } from 'vitest';
import { netstat } from '../../../../modules/netstat/module.ts';
import { findProblem, parsePort } from '../../../../modules/netstat/schema.ts';

const problem = (parameters: object) => findProblem({ ...parameters });

test('the first invalid value is refused in the words of MIG', () => {
  expect(problem({ localmac: ['('] })).toBe(
    "Invalid MAC regexp '('. Compilation failed with 'error parsing regexp: missing closing ): `(`'. Must be a valid regular expression.",
  );
  expect(problem({ localip: ['1.2.3.4/33'] })).toBe(
    'invalid IPv{4,6} CIDR 1.2.3.4/33: invalid CIDR address: 1.2.3.4/33. Must be an IP or a CIDR.',
  );
  expect(problem({ connectedip: ['/8'] })).toBe('invalid IPv{4,6} /8. Must be an IP or a CIDR.');
  expect(problem({ listeningport: ['http'] })).toBe('http is not a valid port');
  expect(problem({ listeningport: [' 80'] })).toBe(' 80 is not a valid port');
  expect(problem({ listeningport: ['65536'] })).toBe('port out of range. must be between 1 and 65535');
  expect(problem({ listeningport: ['-1'] })).toBe('port out of range. must be between 1 and 65535');
  const neighborFirst = { neighborip: ['first'], localip: ['second'], connectedip: ['third'] };
  expect(problem(neighborFirst)).toContain('first');
});

test('no value, port 0 and a pattern that matches everything are accepted', () => {
  expect(problem({})).toBeUndefined();
  expect(
    problem({ listeningport: ['0', '65535', '080'], localmac: [''], connectedip: ['::/0'] }),
  ).toBeUndefined();
  expect(parsePort('080')).toBe(80);
});

test('the API refuses more patterns than it would like to compile, and a pattern that is too large', () => {
  const check = (parameters: object) => [...(netstat.checkParametersInSteps?.(parameters) ?? [])].length;
  const refusal = (parameters: object) => {
    const steps = netstat.checkParametersInSteps?.(parameters);
    let step = steps?.next();
    while (step && !step.done) step = steps?.next();
    return step?.value;
  };
  expect(check({ localmac: ['a', 'b'] })).toBe(2);
  expect(refusal({ localmac: Array(101).fill('a') })).toContain('more than 100 values');
  expect(refusal({ neighbormac: ['((a{99}){99}){99}'] })).toContain('too large');
  expect(refusal({ listeningport: 'x' })).toContain('listeningport');
});
