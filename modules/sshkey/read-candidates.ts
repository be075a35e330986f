import { errorMessage } from '../../contract/errors.ts';
import { createRunClock, type RunClock, TimeIsOverError } from '../../platform/async/run-clock.ts';
import { LargeFileError, type Path, readWholeFile, toDisplayPath } from '../file/find-files.ts';
import type { RunTerms } from '../module.ts';
import { MAX_AUTHORIZED_KEYS_BYTES } from './find-candidates.ts';
import { type KeyEntry, KeyList } from './key-list.ts';
import { readKeys } from './read-keys.ts';

interface ReadFiles {
  keys: KeyEntry[];
  /** Without the limits. */
  errors: string[];
  limits: string[];
}

/** The most errors about files: a machine full of broken files must not fill the result. */
const MAX_TEXTS = 100;

/** Reads the keys of files, in their order, until the time is over. */
export async function readCandidates(paths: readonly Path[], terms: RunTerms): Promise<ReadFiles> {
  const list = new KeyList(terms);
  const reading: Reading = {
    list,
    errors: [],
    limits: [],
    asMig: terms.asMig,
    clock: createRunClock(terms.endsAtMs),
  };
  let done = 0;
  try {
    for (const path of paths) {
      await reading.clock.pause();
      await readFile(path, reading);
      done++;
    }
  } catch (error) {
    if (!(error instanceof TimeIsOverError)) throw error;
    reading.limits.push(timeIsOver(paths.slice(done)));
  }
  return {
    keys: list.entries,
    errors: cut(reading.errors),
    limits: [...cut(reading.limits), ...list.omissions],
  };
}

interface Reading {
  list: KeyList;
  errors: string[];
  limits: string[];
  asMig: boolean;
  clock: RunClock;
}

async function readFile(path: Path, { list, errors, limits, asMig, clock }: Reading): Promise<void> {
  clock.check('at a file');
  let content: Buffer;
  try {
    content = readWholeFile(path, MAX_AUTHORIZED_KEYS_BYTES);
  } catch (error) {
    if (error instanceof LargeFileError) limits.push(tooLarge(path, error));
    else errors.push(errorMessage(error));
    return;
  }
  let isParsable = true;
  for (const key of readKeys({ name: nameOf(path), content, asMig })) {
    clock.check('in a file');
    const pausing = clock.pause();
    if (pausing) await pausing;
    if (key === 'unparsable') isParsable = false;
    else if (key !== 'none') list.add(path, key);
  }
  if (!isParsable) errors.push(`${toDisplayPath(path)} contained unparsable data`);
}

function nameOf(path: Path): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function timeIsOver(unread: readonly Path[]): string {
  return `the time was over at ${toDisplayPath(unread[0] ?? '')}: ${unread.length} files were not read to their end`;
}

function tooLarge(path: Path, { size }: LargeFileError): string {
  return `${toDisplayPath(path)} was not read: it has ${size} bytes, over ${MAX_AUTHORIZED_KEYS_BYTES}`;
}

function cut(texts: readonly string[]): string[] {
  if (texts.length <= MAX_TEXTS) return [...texts];
  const missing = texts.length - MAX_TEXTS;
  return [...texts.slice(0, MAX_TEXTS), `${missing} more files had errors`];
}
