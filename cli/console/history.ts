import { statSync } from 'node:fs';
import { errorMessage } from '../../contract/errors.ts';
import { readTextIfThere } from '../../platform/files/read-text.ts';
import { writeDurably } from '../../platform/files/write-durably.ts';

/** The lines that were typed, oldest first. */
export interface History {
  lines: readonly string[];
  add(line: string): void;
  /** Writes the file, if there is one. Returns why it could not; undefined when it could. */
  save(): string | undefined;
}

const MAX_LINES = 1_000;
/** Longer lines are typed by no person; they are not kept. */
const MAX_LENGTH = 4_096;
const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** A history in memory, and in a file that only its owner reads. Answers to questions never reach it. */
export function openHistory(file: string | undefined): History {
  const before = file === undefined ? [] : readLines(file);
  const lines: string[] = [];
  for (const line of before) keep(lines, line);
  let added: string[] = [];
  return {
    get lines() {
      return lines;
    },
    add(line) {
      if (keep(lines, line)) added.push(line);
      if (added.length > MAX_LINES) added.shift();
    },
    save() {
      if (file === undefined || added.length === 0) return undefined;
      try {
        // Another console may have added lines meanwhile.
        const all: string[] = [];
        for (const line of [...readLines(file), ...added]) keep(all, line);
        writeDurably(file, `${all.join('\n')}\n`);
        added = [];
        return undefined;
      } catch (error) {
        return `${file} cannot be written: ${errorMessage(error)}`;
      }
    },
  };
}

/** Adds a line, and removes the oldest where there are too many. Returns false for one that is not kept. */
function keep(lines: string[], text: string): boolean {
  const line = text.trim();
  if (line === '' || line.length > MAX_LENGTH || /[\p{Cc}]/u.test(line) || line === lines.at(-1))
    return false;
  lines.push(line);
  if (lines.length > MAX_LINES) lines.shift();
  return true;
}

/** None of a file that is no history, or that cannot be read: an order must not fail for it. */
function readLines(file: string): string[] {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) return [];
    return (readTextIfThere(file) ?? '').split('\n').filter((line) => line !== '');
  } catch {
    return [];
  }
}
