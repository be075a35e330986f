import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readTextIfThere } from '../../platform/files/read-text.ts';
import { syncFolders } from './staging.ts';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A file that an installation replaces. `before`: whether there was one. */
const Replacement = z.object({
  name: z.string(),
  path: z.string(),
  mode: z.number().int(),
  before: z.boolean(),
  after: Sha256,
});
export type Replacement = z.infer<typeof Replacement>;

/** An installation that has begun. All its files are staged; no server is needed to finish it, or to undo it. */
const Installation = z.object({
  step: z.enum(['replacing', 'undoing']),
  digest: Sha256,
  signedMs: z.number(),
  replacements: z.array(Replacement),
  /** The runs that began to finish it, and were interrupted. */
  interruptions: z.number().int().default(0),
  /** Why it is undone. */
  why: z.string().optional(),
  /** Whether the agent did not start with the new files. */
  isAgentAtFault: z.boolean().optional(),
});
export type Installation = z.infer<typeof Installation>;

const LoaderState = z.object({
  /** The manifest that was installed last. Older ones are refused. */
  installed: z.object({ digest: Sha256, signedMs: z.number() }).optional(),
  /** The manifest with which the agent did not start. */
  failed: z.object({ digest: Sha256, why: z.string() }).optional(),
  installation: Installation.optional(),
});
export type LoaderState = z.infer<typeof LoaderState>;

/** What the loader remembers from run to run. */
export interface StateFile {
  state: LoaderState;
  /** The name under which a damaged file will be kept; undefined if it is whole, or there is none. */
  damaged: string | undefined;
  /** Replaces the whole state; it is on the disk when this returns. */
  save(state: LoaderState): void;
}

/** A damaged file must not keep the endpoint from updates for ever: it is kept under another name, and reported. */
export function openState(folder: string): StateFile {
  const path = join(folder, 'state.json');
  const text = readTextIfThere(path);
  const state = text === undefined ? {} : parse(text);
  const damaged = state === undefined ? `${path}.damaged` : undefined;
  let isKept = damaged === undefined;
  return {
    state: state ?? {},
    damaged,
    save(next) {
      if (!isKept && damaged !== undefined) renameSync(path, damaged);
      isKept = true;
      replace(path, JSON.stringify(next));
    },
  };
}

function parse(text: string): LoaderState | undefined {
  try {
    return LoaderState.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function replace(path: string, text: string): void {
  const next = `${path}.new`;
  rmSync(next, { force: true });
  writeFileSync(next, text, { mode: 0o600, flag: 'wx', flush: true });
  renameSync(next, path);
  syncFolders([path]);
}
