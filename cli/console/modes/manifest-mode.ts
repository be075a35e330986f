import { existsSync } from 'node:fs';
import type { ManifestView } from '../../../contract/manifest.ts';
import { filesOf, findManifest, type LoadedManifest, loadManifest } from '../../manifest/load-manifest.ts';
import { shasumLines } from '../../manifest/manifest-lines.ts';
import { matchingLine, matchingLoaders } from '../../manifest/matching-loaders.ts';
import { saveArchive } from '../../manifest/save-archive.ts';
import { setManifestStatus } from '../../manifest/set-status.ts';
import { signManifest } from '../../manifest/sign-manifest.ts';
import type { CliSession } from '../../session.ts';
import { confirm } from '../../terminal/ask.ts';
import { expandHome } from '../known.ts';
import { type Mode, type OpenMode, type Order, openMode } from '../order.ts';
import { withCommonOrders } from './common-orders.ts';

interface State {
  manifest: ManifestView;
}

export const MANIFEST_MODE: Mode<State> = withCommonOrders({
  name: 'manifest',
  prompt: ({ manifest: { id } }) => `manifest ${id}`,
  orders: [
    setsStatus('disable', 'disabled', 'disable it for good; asks first'),
    {
      name: 'entry',
      usage: 'entry',
      summary: 'print what a loader gets of it: files, hashes, signatures',
      async run({ session: { output } }, { manifest }) {
        const entries = (await filesOf(manifest)).map(({ name, sha256 }) => ({ name, sha256 }));
        // As MIG prints it: the loader's name is filled in for each loader.
        const entry = { loader_name: '', entries, signatures: manifest.signatures };
        output.json(JSON.stringify(entry, null, 2));
        return undefined;
      },
    },
    {
      name: 'fetch',
      usage: 'fetch <path>',
      summary: 'save the archive of its files',
      words: [1, 1],
      complete: (words, known) => (words.length === 1 ? known.files(words[0] ?? '') : []),
      async run({ words, session }, { manifest }) {
        const file = expandHome(words[0] ?? '');
        const mayReplace = existsSync(file) && (await confirm(`replace ${file}?`, session));
        if (existsSync(file) && !mayReplace) return undefined;
        saveArchive(session, { manifest, files: await filesOf(manifest) }, { file, mayReplace });
        return undefined;
      },
    },
    {
      name: 'json',
      usage: 'json',
      summary: 'print the manifest as JSON, without its content',
      run({ session: { output } }, { manifest }) {
        const content = manifest.content === undefined ? 'None' : '...';
        output.json(JSON.stringify({ ...manifest, content }, null, 2));
        return undefined;
      },
    },
    {
      name: 'loaders',
      usage: 'loaders',
      summary: 'list the enabled loaders that it reaches',
      async run({ session: { api, output } }, { manifest: { id } }) {
        const loaders = await matchingLoaders(api, id);
        for (const loader of loaders) output.answer(matchingLine(loader));
        if (loaders.length === 0) output.note(`the target of manifest ${id} reaches no enabled loader`);
        return undefined;
      },
    },
    {
      name: 'r',
      usage: 'r',
      summary: 'read the manifest again',
      async run({ session }, state) {
        session.output.note(`read again: ${(await reload(session, state)).manifest.status}`);
        return undefined;
      },
    },
    setsStatus('reset', 'staged', 'remove its signatures; asks first'),
    {
      name: 'shasum',
      usage: 'shasum',
      summary: 'print the hashes of its files as sha256sum does',
      async run({ session: { output } }, { manifest }) {
        for (const line of shasumLines(await filesOf(manifest))) output.answer(line);
        return undefined;
      },
    },
    {
      name: 'sign',
      usage: 'sign',
      summary: 'show what loaders would install, ask, and add your signature',
      async run({ session }, state) {
        await signManifest(session, await reload(session, state));
        await reload(session, state);
        return undefined;
      },
    },
  ],
});

function setsStatus(name: string, status: 'staged' | 'disabled', summary: string): Order<State> {
  return {
    name,
    usage: name,
    summary,
    async run({ session }, state) {
      await setManifestStatus(session, (await reload(session, state)).manifest, status);
      await reload(session, state);
      return undefined;
    },
  };
}

export async function openManifestMode(session: CliSession, word: string): Promise<OpenMode> {
  const manifest = await findManifest(session.api, word);
  const { id, name, status, target } = manifest;
  session.output.answer(`manifest ${id}: ${name}, ${status}`, 'bold');
  session.output.answer(`  target  ${target}`);
  return openMode(MANIFEST_MODE, { manifest });
}

async function reload({ api }: CliSession, state: State): Promise<LoadedManifest> {
  const loaded = await loadManifest(api, String(state.manifest.id));
  state.manifest = loaded.manifest;
  return loaded;
}
