import { z } from 'zod';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { recordOf } from '../../contract/fields.ts';
import { parseStrictJson } from '../../contract/go/strict-json.ts';
import { QuestionName } from '../../contract/question/document.ts';
import { readAs } from '../../contract/read-as.ts';
import { readTextIfThere } from '../../platform/files/read-text.ts';
import { writeDurably } from '../../platform/files/write-durably.ts';
import { seenQuestionsFile } from '../config.ts';
import type { CliSession } from '../session.ts';

/** Beyond it the oldest are forgotten. */
const MAX_SEEN = 10_000;

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
  /** Writes the file if something has changed. An error is only noted: the command does not need the file. */
  save(note: (line: string) => void): void;
}

/** The versions that were seen with the configuration of a session. */
export function openSeen({ options }: Pick<CliSession, 'options'>): SeenQuestions {
  return openSeenQuestions(seenQuestionsFile(options.configFile));
}

export function openSeenQuestions(file: string): SeenQuestions {
  const seen = readSeen(file);
  /** What this program has changed; undefined for a question that was removed. */
  const changes = new Map<string, SeenVersion | undefined>();
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
      if (keepNewer(seen, name, shown)) changes.set(name, shown);
    },
    forget(name) {
      if (seen.delete(name)) changes.set(name, undefined);
    },
    names: () => [...seen.keys()].sort(),
    save(note) {
      if (changes.size === 0) return;
      try {
        // Another program may have seen newer versions meanwhile.
        const current = readSeen(file);
        for (const [name, shown] of changes) {
          if (shown === undefined) current.delete(name);
          else keepNewer(current, name, shown);
        }
        const kept = [...current].slice(-MAX_SEEN);
        writeDurably(file, `${JSON.stringify(Object.fromEntries(kept))}\n`);
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
