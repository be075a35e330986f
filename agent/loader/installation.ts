import { errorMessage, MigError } from '../../contract/errors.ts';
import type { AgentProgram } from './agent-program.ts';
import type { BundleEntry } from './bundle.ts';
import { lstatIfThere } from './installed-file.ts';
import type { Installation, LoaderState, StateFile } from './loader-state.ts';
import { concernsAgent } from './plan-changes.ts';
import { replaceFiles, restoreFiles } from './replace-files.ts';
import { removeStaging } from './staging.ts';

export interface InstallDeps {
  bundle: readonly BundleEntry[];
  agent: AgentProgram;
  /** The path of the agent's executable. */
  agentPath: string;
  installsService: boolean;
  file: StateFile;
  /** Prints what was done. */
  report(line: string): void;
  /** Prints a problem that the loader copes with. */
  warn(line: string): void;
}

/** An agent that ends every loader which starts it must not do so for ever. */
const MAX_INTERRUPTIONS = 3;

/** Finishes an installation that was interrupted. One that is interrupted again and again is undone. */
export async function resumeInstallation(deps: InstallDeps, state: LoaderState): Promise<LoaderState> {
  if (state.installation === undefined) return state;
  const interruptions = state.installation.interruptions + 1;
  const installation = { ...state.installation, interruptions };
  deps.file.save({ ...state, installation });
  if (interruptions <= MAX_INTERRUPTIONS || installation.step === 'undoing') {
    return finishInstallation(deps, { ...state, installation });
  }
  const why = `each of ${interruptions} loaders ended while it started the agent`;
  return undo(deps, state, { ...installation, why, isAgentAtFault: true });
}

/**
 * Replaces the staged files and starts the agent anew; when either fails, the old files return. Each step can be repeated:
 * after a crash at any point, the next run calls this with the state of the disk.
 */
export async function finishInstallation(deps: InstallDeps, state: LoaderState): Promise<LoaderState> {
  const { installation } = state;
  if (installation === undefined) return state;
  if (installation.step === 'undoing') return undo(deps, state, installation);
  const { replacements, digest, signedMs } = installation;
  try {
    replaceFiles(replacements);
  } catch (error) {
    const why = `the files could not be replaced: ${errorMessage(error)}`;
    return undo(deps, state, { ...installation, why, isAgentAtFault: false });
  }
  for (const { path, before } of replacements) deps.report(`${before ? 'replaced' : 'installed'} ${path}`);
  try {
    if (concernsAgent(replacements.map(({ name }) => name))) await startAnew(deps);
  } catch (error) {
    const why = `the agent did not start: ${errorMessage(error)}`;
    return undo(deps, state, { ...installation, why, isAgentAtFault: true });
  }
  const next: LoaderState = { installed: { digest, signedMs } };
  deps.file.save(next);
  removeStaging(deps.bundle);
  return next;
}

async function startAnew({ agent, agentPath, installsService, report, warn }: InstallDeps): Promise<void> {
  if (lstatIfThere(agentPath) === undefined)
    return warn(`there is no agent to start: ${agentPath} is missing`);
  if (!installsService) return agent.shutDown();
  await agent.restart();
  report('restarted the agent');
}

/** Brings the old files back, and always throws: with `installation_undone` when the new agent was at fault. */
async function undo(deps: InstallDeps, state: LoaderState, failed: Installation): Promise<never> {
  const { file, warn } = deps;
  const why = failed.why ?? 'it was interrupted';
  const isAgentAtFault = failed.isAgentAtFault === true;
  file.save({ ...state, installation: { ...failed, step: 'undoing' } });
  restoreFiles(failed.replacements);
  const names = failed.replacements.map(({ name }) => name);
  // Not even the old agent may keep the loader from its next manifest.
  if (isAgentAtFault && concernsAgent(names) && failed.interruptions <= 2 * MAX_INTERRUPTIONS) {
    await startAnew(deps).catch((error: unknown) =>
      warn(`the old agent does not start either: ${errorMessage(error)}`),
    );
  }
  const { installed } = state;
  file.save({
    ...(installed === undefined ? {} : { installed }),
    ...(isAgentAtFault ? { failed: { digest: failed.digest, why } } : {}),
  });
  removeStaging(deps.bundle);
  throw new MigError(
    isAgentAtFault ? 'installation_undone' : 'conflict',
    `${why}; the old files are in their places again`,
  );
}
