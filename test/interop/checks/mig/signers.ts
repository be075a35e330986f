import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../../check.ts';
import { expectOutput } from '../../expect-output.ts';
import { newName } from '../../platform-records.ts';
import type { Rig } from '../../rig.ts';
import { AGENT, FOUND, PASSWD, TO_AGENT } from './line.ts';

/** Actions in files, which one or two investigators sign. */
export const SIGNER_CHECKS: readonly Check[] = [
  {
    program: 'mig',
    shows: '-i',
    what: '-i: launches an action of a file that -p wrote',
    run: async (rig) => {
      const file = await writeOutput(rig, ['file', ...TO_AGENT, '-p', ...PASSWD]);
      expectOutput(await rig.run('mig', ['-i', file, '-e', '60s']), {
        stdout: FOUND,
        stderr: 'launching action from file',
      });
    },
  },
  {
    program: 'mig',
    shows: '-i',
    what: '-i: prints an action of a file with -p',
    run: async (rig) => {
      const file = await writeOutput(rig, ['file', ...TO_AGENT, '-p', ...PASSWD]);
      expectOutput(await rig.run('mig', ['-i', file, '-p']), { stdout: `"target": "name='${AGENT}'"` });
    },
  },
  {
    program: 'mig',
    shows: '-i',
    what: '-i: a missing file is reported',
    run: async (rig) =>
      expectOutput(await rig.run('mig', ['-i', '/no/such/file']), { status: 1, stderr: 'no such file' }),
  },
  {
    program: 'mig',
    shows: '-s -i',
    what: '-s -i: an action of one signer with too little weight is refused by the agent',
    run: async (rig) => {
      const args = ['file', ...TO_AGENT, '-show', 'all', ...PASSWD];
      const run = await rig.run('mig', args, { env: { HOME: rig.john.home } });
      expectOutput(run, { stderr: `${AGENT} command did not succeed. status=failed`, never: /passwd \[/ });
    },
  },
  {
    program: 'mig',
    shows: '-s -i',
    what: '-s -i: an action of two signers is answered, and keeps its validity',
    run: async (rig) => {
      const file = await writeOutput(rig, ['file', ...TO_AGENT, '-s', ...PASSWD], rig.john.home);
      const run = await rig.run('mig', ['-i', file]);
      expectOutput(run, { stdout: FOUND, stderr: 'action already had validity time period' });
      const [, id] = /Following action ID (\d+)/.exec(run.stderr) ?? [];
      const { body } = await rig.testbed.api.get(`/action?actionid=${id}`);
      const { investigators, validfrom } = body.collection.items[0].data[0].value;
      const names = investigators.map(({ name }: { name: string }) => name).sort();
      const signed = JSON.parse(readFileSync(file, 'utf8'));
      if (names.join() !== 'Bob Kelso,John Smith') throw new Error(`signed by ${names}`);
      if (Date.parse(validfrom) !== Math.floor(Date.parse(signed.validfrom)))
        throw new Error(`validfrom became ${validfrom}, from ${signed.validfrom}`);
    },
  },
];

async function writeOutput(rig: Rig, args: readonly string[], home = rig.bob.home): Promise<string> {
  const run = await rig.run('mig', args, { env: { HOME: home } });
  expectOutput(run, { stdout: '"operations"' });
  const file = join(rig.folder, `${newName('action')}.json`);
  writeFileSync(file, run.stdout);
  return file;
}
