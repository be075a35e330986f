import type { Check } from '../check.ts';
import { expectOutput } from '../expect-output.ts';
import {
  AGENT,
  callersOf,
  type Files,
  type LoaderMachine,
  openLoaderMachine,
  publishFor,
} from '../loader-machine.ts';
import type { Rig } from '../rig.ts';

/** More than MIG's programs read at once, and not a multiple of it. */
const LARGE = 'a line of a large file\n'.repeat(1_000);
const FILES: Files = {
  'mig-agent': AGENT,
  configuration: '[agent]\nrelay = "amqps://relay.example.net:5671/mig"\n',
  agentcert: LARGE,
  agentkey: 'KEY 1',
  cacert: 'CA',
};
const PLACES = {
  'mig-agent': ['/sbin/mig-agent', 0o700],
  configuration: ['/etc/mig/mig-agent.cfg', 0o600],
  agentcert: ['/etc/mig/agent.crt', 0o644],
  agentkey: ['/etc/mig/agent.key', 0o600],
  cacert: ['/etc/mig/ca.crt', 0o644],
} as const;

export const LOADER_CHECKS: readonly Check[] = [
  check('', 'installs every file of a manifest that two have signed, with its permissions', async (rig) => {
    const machine = await openLoaderMachine(rig);
    await publishFor(rig, { name: machine.name, files: { ...FILES, 'notes.txt': 'ignored' } });
    expectOutput(await machine.run(), {
      stderr: ['2 valid signatures in manifest', 'installing staged file', 'running triggers'],
    });
    for (const [name, [path, mode]] of Object.entries(PLACES)) {
      expectEqual(path, [machine.read(path), machine.mode(path)], [FILES[name], mode]);
    }
    expectEqual('the orders to the agent', machine.read('/asked'), '-q shutdown\n-u\n');
  }),
  check('', 'finds nothing to replace the second time, and asks whether the agent runs', async (rig) => {
    const machine = await openInstalled(rig);
    expectOutput(await machine.run(), {
      stderr: ['we have correct file, no need to replace', 'agent looks like it is running'],
      never: /fetching file/,
    });
  }),
  check('', 'fetches only the file that differs, and keeps the old one', async (rig) => {
    const machine = await openInstalled(rig);
    await publishFor(rig, { name: machine.name, files: { ...FILES, agentkey: 'KEY 2' } });
    expectOutput(await machine.run(), {
      stderr: ['refreshing agentkey', 'running triggers'],
      never: /refreshing cacert/,
    });
    expectEqual('agent.key', machine.read('/etc/mig/agent.key'), 'KEY 2');
    expectEqual('agent.key.old', machine.read('/etc/mig/agent.key.old'), 'KEY 1');
  }),
  check('', 'corrects permissions', async (rig) => {
    const machine = await openInstalled(rig);
    machine.write('/etc/mig/agent.key', 'KEY 1', 0o644);
    expectOutput(await machine.run(), { stderr: 'has incorrect permissions, fixing' });
    expectEqual('the mode', machine.mode('/etc/mig/agent.key'), 0o600);
  }),
  check('', 'gets the newest manifest, and the one before when that is disabled', async (rig) => {
    const machine = await openInstalled(rig);
    const id = await publishFor(rig, { name: machine.name, files: { ...FILES, agentkey: 'KEY 2' } });
    const { bob } = await callersOf(rig);
    await bob.form('/manifest/status/', { manifestid: String(id), status: 'disabled' });
    expectOutput(await machine.run(), { never: /refreshing/ });
    expectEqual('agent.key', machine.read('/etc/mig/agent.key'), 'KEY 1');
  }),
  check(
    'requiredsignatures',
    'refuses a manifest that too few have signed for its configuration',
    async (rig) => {
      const machine = await openLoaderMachine(rig, { settings: ['requiredsignatures = 3'] });
      await publishFor(rig, { name: machine.name, files: FILES });
      expectOutput(await machine.run(), {
        status: 1,
        stderr: /Not enough valid signatures \(got 2, need 3\)/,
      });
      expectEqual('the agent', machine.read('/sbin/mig-agent'), undefined);
    },
  ),
  check('loaderkeys/', 'refuses a signature by a key that it does not have', async (rig) => {
    const machine = await openLoaderMachine(rig, { signers: ['bob'] });
    await publishFor(rig, { name: machine.name, files: FILES });
    expectOutput(await machine.run(), { status: 1, stderr: /unknown entity/ });
  }),
  check('', 'says that there is no manifest for it', async (rig) => {
    const machine = await openLoaderMachine(rig);
    expectOutput(await machine.run(), {
      status: 1,
      stderr: 'Unable to locate valid manifest for this loader entry',
    });
  }),
  check('mig-loader.key', 'is refused with a wrong key', async (rig) => {
    const machine = await openLoaderMachine(rig);
    machine.write(machine.keyFile, `${'x'.repeat(40)}\n`);
    expectOutput(await machine.run(), { status: 1, stderr: 'Loader authorization failed' });
  }),
  check('mig-loader.key', 'is refused while it is disabled', async (rig) => {
    const machine = await openLoaderMachine(rig);
    const { bob } = await callersOf(rig);
    await bob.form('/loader/status/', { loaderid: String(machine.loaderId), status: 'disabled' });
    expectOutput(await machine.run(), { status: 1, stderr: 'Loader authorization failed' });
  }),
  check('mig-loader.key', 'works with a new key, and no longer with the old one', async (rig) => {
    const machine = await openLoaderMachine(rig);
    await publishFor(rig, { name: machine.name, files: FILES });
    const { bob } = await callersOf(rig);
    const answer = await bob.form('/loader/key/', { loaderid: String(machine.loaderId) });
    const { prefix, key } = answer.body.collection.items[0].data[0].value;
    expectOutput(await machine.run(), { status: 1, stderr: 'Loader authorization failed' });
    machine.write(machine.keyFile, `  ${prefix}${key}  \n`);
    expectOutput(await machine.run(), { stderr: 'installing staged file' });
  }),
  check('expectenv', 'is refused on another machine than is expected', async (rig) => {
    const machine = await openLoaderMachine(rig);
    await publishFor(rig, { name: machine.name, files: FILES });
    const { bob } = await callersOf(rig);
    const expect = (expectenv: string) =>
      bob.form('/loader/expect/', { loaderid: String(machine.loaderId), expectenv });
    await expect(`env#>>'{os}'='windows'`);
    expectOutput(await machine.run(), { status: 1, stderr: 'Unable to locate valid manifest' });
    await expect(`env#>>'{os}'='linux'`);
    expectOutput(await machine.run(), { stderr: 'installing staged file' });
  }),
  check('tags', 'gets a manifest by the tags of its configuration and its environment', async (rig) => {
    const machine = await openLoaderMachine(rig, { settings: ['tags = "team:interop"'] });
    const target = `tags#>>'{team}'='interop' AND env#>>'{os}'='linux' AND loadername='${machine.name}'`;
    await publishFor(rig, { name: machine.name, target, files: FILES });
    expectOutput(await machine.run(), { stderr: 'installing staged file' });
  }),
  check('discoverpublicip', 'learns its public address from the API', async (rig) => {
    const machine = await openLoaderMachine(rig, { settings: ['discoverpublicip = on'] });
    await publishFor(rig, { name: machine.name, target: `env#>>'{publicip}'='127.0.0.1'`, files: FILES });
    expectOutput(await machine.run(), { stderr: 'installing staged file' });
  }),
  check('-c', 'starts an agent that does not run, without asking for a manifest', async (rig) => {
    const machine = await openInstalled(rig);
    machine.write('/pid', '');
    machine.write('/sbin/mig-agent', AGENT.replace('cat /pid', 'false'), 0o700);
    expectOutput(await machine.run('-c'), {
      stderr: 'agent does not appear to be running',
      never: /requesting manifest/,
    });
    machine.write('/sbin/mig-agent', AGENT, 0o700);
    expectOutput(await machine.run('-c'), { stderr: 'agent looks like it is running' });
  }),
  check('-f', 'reads another configuration', async (rig) => {
    const machine = await openLoaderMachine(rig);
    machine.write('/etc/other.cfg', machine.read('/etc/mig/mig-loader.cfg') ?? '');
    await publishFor(rig, { name: machine.name, files: FILES });
    expectOutput(await machine.run('-f', '/etc/other.cfg'), {
      stderr: 'using external configuration from /etc/other.cfg',
    });
  }),
  check('-i', 'installs as without it, except on macOS', async (rig) => {
    const machine = await openLoaderMachine(rig);
    await publishFor(rig, { name: machine.name, files: FILES });
    expectOutput(await machine.run('-i'), { stderr: 'installing staged file' });
  }),
  check('mig-loader', 'replaces itself, and its configuration', async (rig) => {
    const machine = await openInstalled(rig);
    const loaderconfig = `${machine.read('/etc/mig/mig-loader.cfg')}; of the manifest\n`;
    const files = { ...FILES, 'mig-loader': '#!/bin/sh\n', loaderconfig };
    await publishFor(rig, { name: machine.name, files });
    expectOutput(await machine.run(), { stderr: ['refreshing mig-loader', 'refreshing loaderconfig'] });
    expectEqual('mig-loader', machine.read('/sbin/mig-loader'), files['mig-loader']);
    expectEqual('mig-loader.cfg', machine.read('/etc/mig/mig-loader.cfg'), loaderconfig);
  }),
  check('', 'installs a file of 12 megabytes whole', async (rig) => {
    const machine = await openLoaderMachine(rig);
    const agent = `${AGENT}exit 0\n${'# filler of a large program\n'.repeat(430_000)}`;
    await publishFor(rig, { name: machine.name, files: { 'mig-agent': agent } });
    expectOutput(await machine.run(), { stderr: 'installing staged file' });
    expectEqual('the size', machine.read('/sbin/mig-agent')?.length, agent.length);
  }),
];

function check(shows: string, what: string, run: Check['run']): Check {
  return { program: 'mig-loader', shows: shows || 'mig-loader', what, run };
}

/** A machine on which the loader has installed all files. */
async function openInstalled(rig: Rig): Promise<LoaderMachine> {
  const machine = await openLoaderMachine(rig);
  await publishFor(rig, { name: machine.name, files: FILES });
  expectOutput(await machine.run(), { stderr: 'installing staged file' });
  return machine;
}

function expectEqual(what: string, found: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what} is ${left?.slice(0, 200)}, not ${right?.slice(0, 200)}`);
}
