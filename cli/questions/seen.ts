import { dirname } from 'node:path';
import { z } from 'zod';
import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import { recordOf } from '../../contract/fields.ts';
import { parseStrictJson } from '../../contract/go/strict-json.ts';
import { QuestionName } from '../../contract/question/document.ts';
import { readAs } from '../../contract/read-as.ts';
import { pollUntil } from '../../platform/async/poll-until.ts';
import { readTextIfThere } from '../../platform/files/read-text.ts';
import { makeFolderDurably, writeDurably } from '../../platform/files/write-durably.ts';
import { type FileLock, lockFile } from '../../platform/machine/lock-file.ts';
import { seenQuestionsFile } from '../config.ts';
import type { CliSession } from '../session.ts';

/** Beyond it the oldest are forgotten. */
const MAX_SEEN = 10_000;
/** How long to wait for other processes, which hold the lock for milliseconds. */
const LOCK_MS = 5_000;

const Version = z.strictObject({ version: z.int().min(1), digest: z.string().regex(/^[0-9a-f]{64}$/) });
const SeenFile = recordOf(Version, MAX_SEEN + 1);

/** The newest version of a question that this investigator has verified. */
type SeenVersion = z.infer<typeof Version>;

/** The names and newest versions of the saved questions that this investigator has seen. */
export interface SeenQuestions {
  /** Throws `signature_wrong` when the API shows an older version as the newest, or another text for a seen version. */
  requireNewest(name: string, shown: SeenVersion): void;
  /** Throws `signature_wrong` when this version had another text before. */
  requireSame(name: string, shown: SeenVersion): void;
  /** Keeps a version that was verified. */
  keep(name: string, shown: SeenVersion): void;
  forget(name: string): void;
  names(): string[];
  /**
   * Writes what has changed into the file, which another `mig` may have written since. A file that cannot be written hinders
   * nobody.
   */
  save(note: (line: string) => void): Promise<void>;
}

/** The versions that were seen with the configuration of a session. */
export function openSeen({ options }: Pick<CliSession, 'options'>): SeenQuestions {
  return openSeenQuestions(seenQuestionsFile(options.configFile));
}

export function openSeenQuestions(file: string): SeenQuestions {
  const seen = readSeen(file);
  const kept = new Map<string, SeenVersion>();
  const forgotten = new Map<string, SeenVersion>();
  const requireSame = (name: string, { version, digest }: SeenVersion) => {
    const known = seen.get(name);
    if (known === undefined || known.version !== version || known.digest === digest) return;
    throw new MigError(
      'signature_wrong',
      `the API shows another text of version ${version} of ${name} than you have seen`,
    );
  };
  return {
    requireSame,
    requireNewest(name, shown) {
      requireSame(name, shown);
      const known = seen.get(name);
      if (known === undefined || known.version <= shown.version) return;
      throw new MigError(
        'signature_wrong',
        `the API shows version ${shown.version} of ${name} as the newest, and you have seen version ${known.version}: the platform hides newer versions, or has lost them; -version ${shown.version} asks for this one on purpose`,
      );
    },
    keep(name, shown) {
      if (!keepNewer(seen, name, shown)) return;
      kept.set(name, shown);
      forgotten.delete(name);
    },
    forget(name) {
      const known = seen.get(name);
      if (known !== undefined) forgotten.set(name, known);
      seen.delete(name);
      kept.delete(name);
    },
    names: () => [...seen.keys()].sort(),
    async save(note) {
      try {
        await updateSeen(file, { kept, forgotten });
      } catch (error) {
        note(`which versions you have seen is not kept: ${file}: ${errorMessage(error)}`);
      }
    },
  };
}

/** Keeps a version in the place of an older one. Returns false when that is none. */
function keepNewer(seen: Map<string, SeenVersion>, name: string, shown: SeenVersion): boolean {
  const known = seen.get(name);
  if (known !== undefined && known.version >= shown.version) return false;
  seen.delete(name);
  seen.set(name, shown);
  return true;
}

interface Changes {
  kept: ReadonlyMap<string, SeenVersion>;
  forgotten: ReadonlyMap<string, SeenVersion>;
}

/** Reads the file again under a lock: what another process has kept since stays. */
async function updateSeen(file: string, { kept, forgotten }: Changes): Promise<void> {
  const known = readSeen(file);
  const isKnown = [...kept].every(([name, { version }]) => (known.get(name)?.version ?? 0) >= version);
  if (isKnown && forgotten.size === 0) return;
  makeFolderDurably(dirname(file));
  const lock = await waitForLock(`${file}.lock`);
  try {
    const seen = readSeen(file);
    for (const [name, { version }] of forgotten) {
      if (seen.get(name)?.version === version) seen.delete(name);
    }
    for (const [name, shown] of kept) keepNewer(seen, name, shown);
    writeDurably(file, `${JSON.stringify(Object.fromEntries([...seen].slice(-MAX_SEEN)))}\n`);
  } finally {
    lock.release();
  }
}

async function waitForLock(file: string): Promise<FileLock> {
  const held = (pid: number | undefined) =>
    new MigError(
      'conflict',
      `${file} is held by ${pid === undefined ? 'other processes' : `process ${pid}`}`,
    );
  const taken = await pollUntil(() => tryLock(file, held), { timeoutMs: LOCK_MS, everyMs: 10 });
  return taken ?? lockFile(file, held);
}

function tryLock(file: string, held: (pid: number | undefined) => MigError): FileLock | undefined {
  try {
    return lockFile(file, held);
  } catch (error) {
    if (errorCode(error) !== 'conflict') throw error;
    return undefined;
  }
}

function readSeen(file: string): Map<string, SeenVersion> {
  const text = readTextIfThere(file);
  if (text === undefined) return new Map();
  try {
    const read = readAs(SeenFile, parseStrictJson(text));
    if (!read.success) throw new Error(read.problem);
    // No other name could be one of a question, and completion passes these to a shell.
    return new Map(Object.entries(read.data).filter(([name]) => QuestionName.safeParse(name).success));
  } catch (cause) {
    throw new MigError(
      'config_invalid',
      `${file}: ${errorMessage(cause)}; without this file mig does not know which versions you have seen`,
      { cause },
    );
  }
}
