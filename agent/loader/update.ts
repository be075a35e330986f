import { errorMessage, MigError } from '../../contract/errors.ts';
import { printable } from '../../contract/text/printable.ts';
import type { Keyring } from '../../platform/openpgp/keyring.ts';
import { tryLoader, versionOfStaged } from './agent-program.ts';
import type { LoaderApi } from './ask-api.ts';
import { refuseOffer } from './decide-offer.ts';
import { finishInstallation, type InstallDeps, resumeInstallation } from './installation.ts';
import { correctMode, lstatIfThere, sha256OfFile } from './installed-file.ts';
import type { Installation, LoaderState, Replacement } from './loader-state.ts';
import { type Change, type Plan, planChanges } from './plan-changes.ts';
import {
  keepOld,
  keptPath,
  openStaging,
  removeStaging,
  stagedPath,
  stageFile,
  syncFolders,
} from './staging.ts';
import { type VerifiedManifest, verifyOffer } from './verify-offer.ts';

export interface UpdateDeps extends InstallDeps {
  api: LoaderApi;
  keyring: Keyring;
  requiredSignatures: number;
  /** The executable that runs now. */
  own: string;
  /** The configuration of this loader, for the trial of a new one. */
  configFile: string;
  /** Installs a manifest again with which the agent did not start. */
  isRetry: boolean;
  now(): number;
}

/** Brings this machine to its manifest: everything or nothing. */
export async function update(deps: UpdateDeps): Promise<void> {
  const state = await finishInterrupted(deps);
  // A run that was killed at its very end left them.
  removeStaging(deps.bundle);
  const { manifest, plan } = await findChanges(deps, state);
  if (plan.changes.length === 0) return confirm(deps, { state, manifest, plan });
  const replacements = await stageChanges(deps, plan.changes);
  const { digest, signedMs } = manifest;
  const installation: Installation = {
    step: 'replacing',
    digest,
    signedMs,
    replacements,
    interruptions: 0,
  };
  const next = { ...state, installation };
  // From here on the next run finishes what this one began.
  deps.file.save(next);
  await finishInstallation(deps, next);
  correctModes(deps, plan);
}

/** Finds out what `update` would do, and changes nothing. Returns whether files would be replaced. */
export async function check(deps: UpdateDeps): Promise<boolean> {
  const { state } = deps.file;
  if (state.installation) deps.warn('an installation was interrupted; the next run finishes it');
  const { plan } = await findChanges(deps, state);
  for (const { entry, before } of plan.changes) {
    deps.report(`would ${before === undefined ? 'install' : 'replace'} ${entry.path}`);
  }
  return plan.changes.length > 0;
}

/** Starts the agent if it does not run. */
export async function ensureAgentRuns({
  agent,
  agentPath,
  installsService,
  report,
  warn,
}: InstallDeps): Promise<void> {
  if (lstatIfThere(agentPath) === undefined) return warn(`no agent is installed: ${agentPath} is missing`);
  if ((await agent.findPid()) !== undefined) return report('the agent runs');
  if (!installsService)
    return warn('the agent does not run; with installservice = off the loader does not start it');
  await agent.restart();
  report('started the agent');
}

async function finishInterrupted(deps: UpdateDeps): Promise<LoaderState> {
  const { state, damaged } = deps.file;
  if (damaged !== undefined) {
    deps.warn(`what this loader had installed is unknown: its state was damaged, and is kept as ${damaged}`);
  }
  if (state.installation === undefined) return state;
  deps.warn('an installation was interrupted; it is finished now');
  return resumeInstallation(deps, state);
}

async function findChanges(
  { api, keyring, requiredSignatures, bundle, own, isRetry, now, report, warn }: UpdateDeps,
  { installed, failed }: LoaderState,
): Promise<{ manifest: VerifiedManifest; plan: Plan }> {
  const offer = await api.loadOffer();
  const manifest = await verifyOffer(offer, { keyring, required: requiredSignatures, nowMs: now() });
  for (const why of manifest.ignored) warn(`a signature does not count: ${why}`);
  refuseOffer(manifest, { installed, failed: isRetry ? undefined : failed });
  const plan = planChanges(manifest.entries, { bundle, own });
  const names = manifest.signers.map(({ name }) => printable(name)).join(', ');
  report(`the manifest of ${new Date(manifest.signedMs).toISOString()} is signed by ${names}`);
  for (const name of plan.unknown)
    warn(`${printable(name)} in the manifest has no place here, and is ignored`);
  return { manifest, plan };
}

/** The files are right: so must their permissions be, and the agent must run. */
async function confirm(
  deps: UpdateDeps,
  { state, manifest, plan }: { state: LoaderState; manifest: VerifiedManifest; plan: Plan },
): Promise<void> {
  const { digest, signedMs } = manifest;
  correctModes(deps, plan);
  const { installed } = state;
  if (installed?.digest !== digest || installed.signedMs < signedMs) {
    deps.file.save({ installed: { digest, signedMs } });
  }
  deps.report('everything is as the manifest says');
  await ensureAgentRuns(deps);
}

function correctModes({ report }: UpdateDeps, { unchanged }: Plan): void {
  for (const { path, mode } of unchanged) {
    if (correctMode(path, mode)) report(`corrected the permissions of ${path}`);
  }
}

/** Fetches and checks all files before the first is replaced, and keeps the old ones. */
async function stageChanges(deps: UpdateDeps, changes: readonly Change[]): Promise<Replacement[]> {
  openStaging(deps.bundle);
  try {
    const staged: string[] = [];
    for (const change of changes) staged.push(await stage(deps, change));
    for (const change of changes) await proveExecutable(deps, change);
    const replacements = changes.map(({ entry, after }) => ({
      name: entry.name,
      path: entry.path,
      mode: entry.mode,
      before: lstatIfThere(entry.path) !== undefined,
      after,
    }));
    for (const { entry } of changes) keepOld(entry);
    syncFolders([...staged, ...changes.map(({ entry }) => keptPath(entry))]);
    return replacements;
  } catch (error) {
    removeStaging(deps.bundle);
    throw error;
  }
}

async function stage({ api, report }: UpdateDeps, { entry, after }: Change): Promise<string> {
  report(`fetching ${entry.name}`);
  const { name, maxBytes } = entry;
  const path = await stageFile(entry, (write) => api.fetchFile(name, { maxBytes, write }));
  const found = sha256OfFile(path);
  if (found === after) return path;
  throw new MigError(
    'manifest_refused',
    `${name}: the API sent a file with SHA-256 ${found}; the manifest says ${after}`,
  );
}

/** An executable replaces another only after it has shown that it starts here, and a loader that it can do its work. */
async function proveExecutable({ configFile }: UpdateDeps, { entry, isOwn }: Change): Promise<void> {
  if (!entry.isExecutable) return;
  const path = stagedPath(entry);
  try {
    await versionOfStaged(path);
    if (isOwn || entry.name === 'mig-loader') await tryLoader(path, configFile);
  } catch (cause) {
    throw new MigError(
      'manifest_refused',
      `${entry.name}: the new one does not work on this machine: ${errorMessage(cause)}`,
      { cause },
    );
  }
}
