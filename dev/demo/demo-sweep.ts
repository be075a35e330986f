import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellLine } from '../../contract/text/shell-word.ts';
import { createInvestigatorCli, type InvestigatorCli } from '../stack/investigator.ts';
import { loadPeople } from '../stack/seed.ts';
import type { StackFile } from '../stack/stack-file.ts';
import { print } from '../terminal.ts';

const NAME = 'demo';

/** A sweep from its first signature to an exception: what complies, what turned, since when, and who accepted it. */
export async function demoSweep(stack: StackFile, { home }: { home: string }): Promise<void> {
  const { bob } = await loadPeople(join(home, 'keys'));
  const cli = createInvestigatorCli({ home, apiUrl: stack.api.url, key: bob });
  const endpoint = createEndpoint(join(home, 'demo-sweep'));
  const name = await freeName(cli);
  const schedule = ['-cron', '0 3 * * *', '-tz', 'Europe/Berlin'];

  print('\nA sweep is one signed document: checks, target and schedule. Bob signs it.');
  const created = ['sweep', 'create', name, '-checks', endpoint.checks, '-t', "status='online'"];
  await show(cli, [...created, ...schedule, '-y']);
  print('\nEach planned run needs a signature of its own. He signs those of a month ahead.');
  await show(cli, ['sweep', 'sign', name, '-until', '30d', '-y']);
  print('\nNothing has to wait for the night: he signs a run for now.');
  await show(cli, ['sweep', 'trigger', name, '-y']);

  print(
    '\nSomebody leaves a password in a file, and opens another file for everybody. The next run sees it.',
  );
  endpoint.spoil();
  await show(cli, ['sweep', 'trigger', name, '-y']);
  await show(cli, ['sweep', 'show', name, '-flipped']);

  print('\nThe password is accepted for a week, with a reason and a signature. The mode is put right.');
  const why = 'the old program ends this week';
  await show(cli, ['sweep', 'waive', name, 'no-password', '-until', '7d', '-why', why, '-y']);
  endpoint.closeFile();
  print('\nIs it right now? Only what failed on one endpoint is asked again.');
  await show(cli, ['sweep', 'verify', name, 'agent-1', '-y']);
  await show(cli, ['sweep', 'history', name, 'agent-1']);
  print('\nWhat complies now, and how the failures changed since the run before the last:');
  await show(cli, ['sweep', 'show', name]);
}

/** The folder that the checks look at. All agents of the demo are on this machine and see the same one. */
function createEndpoint(folder: string) {
  rmSync(folder, { recursive: true, force: true });
  const data = join(folder, 'endpoint');
  const checks = join(folder, 'checks');
  mkdirSync(data, { recursive: true });
  mkdirSync(checks);
  const settings = join(data, 'settings.conf');
  writeFileSync(join(data, 'banner'), 'For members of staff\n');
  writeFileSync(settings, 'colour = blue\n');
  chmodSync(settings, 0o640);
  const writeCheck = (id: string, title: string, search: object, expect: 'found' | 'absent') => {
    const options = { maxdepth: 1, matchall: true, matchlimit: 10 };
    const parameters = { searches: { s: { paths: [data], ...search, options } } };
    const check = {
      name: title,
      threat: { ref: `demo-${id}`, level: 'high' },
      operations: [{ module: 'file', parameters }],
      compliance: { expect: [expect] },
      syntaxversion: 2,
    };
    writeFileSync(join(checks, `${id}.json`), JSON.stringify(check));
  };
  writeCheck('banner', 'a banner warns strangers', { names: ['^banner$'] }, 'found');
  writeCheck('no-password', 'no file has a password', { names: ['.'], contents: ['^password='] }, 'absent');
  writeCheck(
    'settings-mode',
    'only the group reads the settings',
    { names: ['^settings'], modes: ['^-rw-r-----$'] },
    'found',
  );
  return {
    checks,
    spoil: () => {
      writeFileSync(join(data, 'notes'), 'password=swordfish\n');
      chmodSync(settings, 0o666);
    },
    closeFile: () => chmodSync(settings, 0o640),
  };
}

/** The demo may run several times on one stack. */
async function freeName(cli: InvestigatorCli): Promise<string> {
  const { stdout } = await cli.mig(['sweep', 'list', '--json']);
  const sweeps = JSON.parse(stdout) as { name: string }[];
  const taken = new Set(sweeps.map(({ name: one }) => one));
  let name = NAME;
  for (let number = 2; taken.has(name); number++) name = `${NAME}-${number}`;
  return name;
}

/** Prints a command line as it would be typed, and what it prints. A command that fails ends the demo. */
async function show(cli: InvestigatorCli, args: readonly string[]): Promise<void> {
  print(`  $ mig ${shellLine(args)}`);
  const { status, stdout, stderr } = await cli.mig(args);
  for (const line of `${stdout}${status === 0 ? '' : stderr}`.trimEnd().split('\n')) print(`    ${line}`);
  if (status !== 0) throw new Error(`mig ended with status ${status}`);
}
