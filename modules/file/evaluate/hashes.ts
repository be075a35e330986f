import { createHash, type Hash, hash } from 'node:crypto';
import type { Path } from '../../../platform/machine/directory/system-path.ts';
import type { OnChunk } from '../filesystem/on-chunk.ts';
import { type ReadContext, readChunks, readInflatedChunks } from '../filesystem/read-chunks.ts';
import type { HashName } from '../plan/check.ts';
import { addPassed, type Candidate, type Subject } from './context.ts';
import { type FileReading, reportFailure } from './file-reading.ts';

/** Starts the reading for the hash checks of all searches; undefined when no search has any. */
export function startHashReading(candidates: Candidate[], subject: Subject): FileReading | undefined {
  const names = hashNames(candidates);
  if (names.length === 0) return undefined;
  const { onChunk, digests } = startHashes(names);
  return {
    onChunk,
    finish(failure) {
      if (failure === undefined) addPassedHashes(candidates, names, digests());
      else reportFailure(failure, 'checkHash() -> getHash()', subject);
      return candidates;
    },
  };
}

/** Returns the SHA-256 of a file, or of the content of a gzip file, in upper-case hex. */
export async function sha256Of(file: Path, context: ReadContext & { decompress: boolean }): Promise<string> {
  const { onChunk, digests } = startHashes(['sha256']);
  const source = { file, context };
  if (context.decompress) await readInflatedChunks(source, onChunk);
  else readChunks(source, onChunk);
  return digests().join('');
}

/** Most runs have one search: its plan already has the names. */
function hashNames(candidates: readonly Candidate[]): readonly HashName[] {
  if (candidates.length <= 1) return candidates[0]?.plan.hashNames ?? [];
  return [...new Set(candidates.flatMap(({ plan }) => plan.hashNames))];
}

/** Computes several hashes in one reading; `digests` returns them in upper-case hex, in the order of their names. */
function startHashes(names: readonly HashName[]): { onChunk: OnChunk; digests: () => string[] } {
  let ofWholeFile: string[] | undefined;
  let incremental: Hash[] | undefined;
  const hashes = () => {
    incremental ??= names.map((name) => createHash(name));
    return incremental;
  };
  return {
    onChunk(chunk, isWholeFile) {
      if (isWholeFile) ofWholeFile = names.map((name) => hash(name, chunk, 'hex'));
      else for (const one of hashes()) one.update(chunk);
      return true;
    },
    digests() {
      const digests = ofWholeFile ?? hashes().map((one) => one.digest('hex'));
      return digests.map((digest) => digest.toUpperCase());
    },
  };
}

function addPassedHashes(
  candidates: readonly Candidate[],
  names: readonly HashName[],
  digests: readonly string[],
): void {
  for (const candidate of candidates) {
    const passed = candidate.plan.hashes.filter(
      ({ hash: name, value, isMismatch }) =>
        name !== undefined && (digests[names.indexOf(name)] === value) !== isMismatch,
    );
    addPassed(candidate, passed);
  }
}
