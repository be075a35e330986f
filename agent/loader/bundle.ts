import { join } from 'node:path';
import { below } from './below.ts';

/** A file that a manifest may bring, and its place on this machine. */
export interface BundleEntry {
  /** Its name in manifests. */
  name: string;
  path: string;
  mode: number;
  isExecutable: boolean;
  /** The size that is refused above, before and after it is unpacked. */
  maxBytes: number;
}

const MAX_EXECUTABLE_BYTES = 256 * 1024 * 1024;
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

/**
 * Everything that a manifest can install, in the order in which it is replaced (spec/agent.md#loader). A manifest names no
 * paths: what is not in this list is ignored, so that no manifest reaches another file.
 */
export function bundleOf(platform: string, root: string): BundleEntry[] {
  const { binaries, settings, extension } = foldersOf(platform);
  const text = (name: string, file: string, mode: number): BundleEntry => ({
    name,
    path: below(root, join(settings, file)),
    mode,
    isExecutable: false,
    maxBytes: MAX_TEXT_BYTES,
  });
  const executable = (name: string): BundleEntry => ({
    name,
    path: below(root, join(binaries, `${name}${extension}`)),
    mode: 0o700,
    isExecutable: true,
    maxBytes: MAX_EXECUTABLE_BYTES,
  });
  return [
    text('cacert', 'ca.crt', 0o644),
    text('agentcert', 'agent.crt', 0o644),
    text('agentkey', 'agent.key', 0o600),
    text('configuration', 'mig-agent.cfg', 0o600),
    text('loaderconfig', 'mig-loader.cfg', 0o600),
    executable('mig-agent'),
    executable('mig-loader'),
  ];
}

/** Files of the loader alone: an agent that runs needs no restart for them. */
export const LOADER_ENTRIES: readonly string[] = ['mig-loader', 'loaderconfig'];

function foldersOf(platform: string): { binaries: string; settings: string; extension: string } {
  switch (platform) {
    case 'win32':
      return { binaries: 'C:\\mig', settings: 'C:\\mig', extension: '.exe' };
    case 'darwin':
      return { binaries: '/usr/local/bin', settings: '/etc/mig', extension: '' };
    default:
      return { binaries: '/sbin', settings: '/etc/mig', extension: '' };
  }
}

/** The place of one entry of the bundle. */
export function entryOf(bundle: readonly BundleEntry[], name: string): BundleEntry {
  const entry = bundle.find((one) => one.name === name);
  if (entry) return entry;
  throw new Error(`the bundle has no ${name}`);
}
