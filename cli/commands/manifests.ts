import { createManifestCommand } from './manifests/create.ts';
import { fetchManifestCommand } from './manifests/fetch.ts';
import { manifestFilesCommand, shasumCommand } from './manifests/files.ts';
import { manifestLoadersCommand } from './manifests/loaders.ts';
import { showManifestCommand } from './manifests/show.ts';
import { signManifestCommand } from './manifests/sign.ts';
import { manifestStatusCommand } from './manifests/status.ts';
import { verifyManifestCommand } from './manifests/verify.ts';
import { runVerb } from './run-verb.ts';

const COMMANDS = new Map<string, (args: readonly string[]) => Promise<number>>([
  ['create', createManifestCommand],
  ['show', showManifestCommand],
  ['files', manifestFilesCommand],
  ['shasum', shasumCommand],
  ['loaders', manifestLoadersCommand],
  ['fetch', fetchManifestCommand],
  ['sign', signManifestCommand],
  ['verify', verifyManifestCommand],
  ['reset', (args) => manifestStatusCommand('reset', args)],
  ['disable', (args) => manifestStatusCommand('disable', args)],
]);

/** `mig manifests <verb> …`. */
export function manifestsCommand(args: readonly string[]): Promise<number> {
  return runVerb('manifests', COMMANDS, args);
}
