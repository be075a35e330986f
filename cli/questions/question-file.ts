import { errorMessage, MigError } from '../../contract/errors.ts';
import { parseStorableJson } from '../../contract/go/strict-json.ts';
import { MAX_QUESTION_BYTES, type QuestionContent, QuestionFile } from '../../contract/question/document.ts';
import { readAs } from '../../contract/read-as.ts';
import { readBytes } from '../../platform/files/read-bytes.ts';
import { unreadable } from '../../platform/files/read-text.ts';

/** What somebody wants to save. */
export interface QuestionDraft {
  content: QuestionContent;
  /** The version that it was made from; undefined when the draft does not say. */
  base: number | undefined;
  /** Whether the investigator vouches for the text: a file of the investigator's, or one that known keys have signed. */
  areOwn: boolean;
}

/** Reads a question that a person wrote, or that `mig questions show --json` printed. Errors name the file. */
export function readQuestionFile(file: string, name: string): QuestionDraft {
  const text = readFile(file);
  try {
    const read = readAs(QuestionFile, parseStorableJson(text));
    if (!read.success) throw new MigError('usage', read.problem);
    const { name: written, version, description, target, expireafter, parameters, operations } = read.data;
    if (written !== undefined && written !== name)
      throw new MigError('usage', `it is the question ${written}, and you save ${name}`);
    return {
      content: { description, target, expireafter, parameters, operations },
      base: version,
      areOwn: true,
    };
  } catch (cause) {
    throw new MigError('usage', `${file}: ${errorMessage(cause)}`, { cause });
  }
}

function readFile(file: string): string {
  try {
    return readBytes(file, 2 * MAX_QUESTION_BYTES).toString();
  } catch (cause) {
    throw unreadable(file, cause, 'usage');
  }
}
