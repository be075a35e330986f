import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseInvestigatorFlags } from '../../../../cli/action/module-flags.ts';
import { findModule } from '../../../../modules/all-modules.ts';
import { defined } from '../../../setup/defined.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-flags-'));
afterAll(() => rmSync(folder, { recursive: true }));
const noRules = join(folder, 'empty.yar');
writeFileSync(noRules, '\n');

const parse = (name: string, args: readonly string[]) =>
  parseInvestigatorFlags(defined(findModule(name)), args);

test.each([
  ['pkg', ['-version', '1'], '-name is missing: write a pattern'],
  ['ping', ['-d', 'h', '-p', 'tcp'], '-dp is missing: tcp needs a port, as -dp 443'],
  ['ping', ['-d', 'h', '-p', 'udp', '-dp', '70000'], '-dp 70000: write a port from 0 to 65535'],
  ['ping', ['-d', 'h', '-p', 'TCP'], '-p "TCP": write icmp, tcp or udp'],
  ['ping', ['-d', 'h', '-c', '0.5'], '-c 0.5: write a whole number'],
  ['ping', ['-d', 'h', '-t', '-1'], '-t -1: write a number of seconds'],
  ['yara', ['-files', '-path /bin'], '-rules is missing: write the file'],
  ['yara', ['-rules', 'rules.yar'], '-files is missing: write flags of module file'],
  ['yara', ['-rules', noRules, '-files', '-path /bin -name .'], `-rules ${noRules}: has no rules`],
  ['netstat', ['-lp', '22', '-lp', '22x'], '-lp "22x": write a port from 1 to 65535'],
  ['netstat', ['-ci', '10.0.0.0/x'], '-ci "10.0.0.0/x": write an address or a network'],
  ['netstat', ['-nm', '('], '-nm "(": write a regular expression'],
  ['timedrift', ['-drift', '5'], '-drift "5": write numbers with their units (ns us ms s m h), as 5s'],
  ['timedrift', ['-drift', '-5s'], '-drift "-5s": write numbers'],
])('mig %s %j names the flag, and says what to write', (name, args, expected) => {
  expect(() => parse(name, args)).toThrow(expected);
});

test.each([
  ['pkg', ['-name', 'x']],
  ['ping', ['-d', '127.0.0.1']],
  ['ping', ['-d', '127.0.0.1', '-p', 'tcp', '-dp', '443', '-c', '0', '-t', '0.5']],
  ['netstat', ['-lp', '443', '-ci', '10.0.0.0/8', '-nm', '^8c']],
  ['timedrift', []],
  ['timedrift', ['-drift', '5s']],
])('mig %s %j is no mistake', (name, args) => {
  expect(parse(name, args)).toBeDefined();
});
