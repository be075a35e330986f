import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, inject } from 'vitest';
import { sha256Hex } from '../../contract/digest.ts';
import { type ManifestEntry, manifestText } from '../../contract/rules/manifest.ts';
import type { ApiCaller } from '../../dev/api-caller.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { runAgent } from './agent-process.ts';
import type { Loader, LoaderCalls } from './loaders.ts';
import type { Platform } from './platform.ts';

/** What a manifest brings, by name. */
export type Files = Record<string, string | Buffer>;

/** Where endpoints are opened: a platform, and calls of its investigators. */
export type LoaderSite = LoaderCalls & { platform: Pick<Platform, 'slot' | 'people' | 'apiUrl'> };

/** A machine on which the loader installs, below a folder of its own. */
export interface LoaderEndpoint {
  loader: Loader;
  root: string;
  config: string;
  keyFile: string;
  /** Runs the loader in the executable, as an operator does. */
  run(...args: string[]): ReturnType<typeof runAgent>;
  path(name: string): string;
  /** The content of a file below the root; undefined when there is none. */
  read(name: string): string | undefined;
  mode(name: string): number;
  /** What the stand-in for the agent was asked to do, in order. */
  asked(): string[];
  /** Names that the loader left in its staging folders. */
  leftovers(): string[];
}

let serial = 0;

export async function openLoaderEndpoint(
  rig: LoaderSite,
  {
    signers = ['bob', 'john'],
    settings = [],
    api = rig.platform.apiUrl,
  }: { signers?: readonly ('bob' | 'john')[]; settings?: readonly string[]; api?: string } = {},
): Promise<LoaderEndpoint> {
  const { slot, people } = rig.platform;
  const root = join(slot.services.home, slot.name, `endpoint-${serial++}`);
  const path = (name: string) => join(root, name);
  const config = path('etc/mig/mig-loader.cfg');
  const keyFile = path('etc/mig/mig-loader.key');
  const loader = await rig.addLoader();
  mkdirSync(path('etc/mig/loaderkeys'), { recursive: true });
  for (const name of signers) writeFileSync(path(`etc/mig/loaderkeys/${name}`), people[name].publicKey);
  const lines = [`api = "${api}/"`, `root = "${root}"`, 'startwait = "5s"', ...settings];
  writeFileSync(config, `[loader]\n${lines.join('\n')}\n`);
  writeFileSync(keyFile, `${loader.key}\n`, { mode: 0o600 });
  return {
    loader,
    root,
    config,
    keyFile,
    path,
    run: (...args) => runAgent(inject('agentExecutable'), ['loader', '-f', config, ...args]),
    read: (name) => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : undefined),
    mode: (name) => statSync(path(name)).mode & 0o7777,
    asked: () => (existsSync(path('asked')) ? readFileSync(path('asked'), 'utf8').trim().split('\n') : []),
    leftovers: () =>
      ['sbin', 'etc/mig'].flatMap((name) =>
        existsSync(path(`${name}/.mig-loader`)) ? readdirSync(path(`${name}/.mig-loader`)) : [],
      ),
  };
}

/**
 * A stand-in for the agent's executable, which notes what it is asked to do. `starts`: whether it runs once it is a service;
 * `kills`: the question at which it kills the loader that asks, the first `times` times.
 */
export function standInAgent(
  version: string,
  {
    root,
    starts = true,
    kills = 'nothing',
    times = 1,
  }: { root: string; starts?: boolean; kills?: string; times?: number },
): string {
  return `#!/bin/sh
cd '${root}' || exit 1
asked=$(echo "$*" | sed 's/.*mig-agent.cfg //')
echo "${version}: $asked" >> asked
if [ "$asked" = '${kills}' ]; then
  echo x >> killed
  [ "$(wc -l < killed)" -le ${times} ] && kill -9 $PPID
fi
case "$asked" in
  -V) echo ${version} ;;
  '-q pid') cat pid ;;
  '-q shutdown') rm -f pid ;;
  install) ${starts ? 'echo 4242 > pid' : 'true'} ;;
  *) exit 2 ;;
esac
`;
}

/** Makes a manifest for one endpoint, and signs it by each of these. */
export async function publish(
  rig: LoaderSite,
  { loader }: Pick<LoaderEndpoint, 'loader'>,
  files: Files,
  signers: readonly ApiCaller[] = [rig.api, rig.john],
): Promise<number> {
  const content = new Map(Object.entries(files).map(([name, data]) => [name, Buffer.from(data)]));
  const id = await rig.addManifest(`loadername='${loader.name}'`, content);
  for (const by of signers) {
    const { status } = await rig.sign(id, by, await signText(manifestText(entriesOf(files)), by.key));
    if (status !== 200) throw new Error(`signing answered ${status}`);
  }
  return id;
}

export function entriesOf(files: Files): ManifestEntry[] {
  return Object.entries(files).map(([name, data]) => ({ name, sha256: sha256Hex(data) }));
}

/** Writes an executable that was there before the loader came. */
export function installBefore({ path }: LoaderEndpoint, name: string, text: string): void {
  mkdirSync(dirname(path(name)), { recursive: true });
  writeFileSync(path(name), text);
  chmodSync(path(name), 0o700);
}

/** Times of signatures are whole seconds: a manifest that must be newer is signed in the next one. */
export async function nextSecond(): Promise<void> {
  const next = Math.ceil((Date.now() + 1) / 1_000) * 1_000;
  await waitFor('the next second', () => Date.now() >= next);
}

export const CONFIG = '[agent]\nrelay = "amqps://relay.example.net:5671/mig"\n';
/** An endpoint on which the loader has installed version 1. */
export async function openInstalled(
  rig: LoaderSite,
  options: Parameters<typeof openLoaderEndpoint>[1] = {},
): Promise<{
  endpoint: LoaderEndpoint;
  files: Files;
}> {
  const endpoint = await openLoaderEndpoint(rig, options);
  const files = { 'mig-agent': standInAgent('1', endpoint), configuration: CONFIG, agentkey: 'KEY 1' };
  await publish(rig, endpoint, files);
  expect(await endpoint.run('-q')).toEqual({ code: 0, stdout: '', stderr: '' });
  rmSync(endpoint.path('asked'));
  return { endpoint, files };
}
