import { z } from 'zod';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { parseStorableJson } from '../../contract/go/strict-json.ts';
import { MAX_QUESTION_BYTES, parseQuestion, type Question } from '../../contract/question/document.ts';
import { readAs } from '../../contract/read-as.ts';
import { readBoundedText } from '../../platform/files/read-text.ts';

const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** A version as its author signed it, one on each line of a file. */
const Exported = z.strictObject({
  document: z.string().max(MAX_QUESTION_BYTES),
  signature: z.string().max(16_384),
});
type Exported = z.infer<typeof Exported>;

export function exportedLine({ document, signature }: Exported): string {
  return JSON.stringify({ document, signature });
}

/** Reads the lines of a file that `mig questions export` printed. Signatures are not verified yet. */
export function readExported(file: string): (Exported & { question: Question })[] {
  const lines = readBoundedText(file, MAX_FILE_BYTES).split('\n');
  const read = lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [readLine(line, `${file}:${index + 1}`)],
  );
  if (read.length === 0) throw new MigError('usage', `${file}: has no question`);
  return read;
}

function readLine(line: string, place: string): Exported & { question: Question } {
  try {
    const read = readAs(Exported, parseStorableJson(line));
    if (!read.success) throw new MigError('usage', read.problem);
    return { ...read.data, question: parseQuestion(read.data.document) };
  } catch (cause) {
    throw new MigError('usage', `${place}: ${errorMessage(cause)}`, { cause });
  }
}
