const TYPES = ['feat', 'fix', 'refactor', 'perf', 'docs', 'test', 'style', 'build', 'ci', 'chore', 'revert'];
const SUBJECT = new RegExp(`^(?:${TYPES.join('|')})(?:\\([a-z0-9-]+\\))?: (.*)$`);
const MAX_CHARACTERS = 72;
/** Words that start a noun phrase or a clause, never an imperative. */
const NO_VERBS = new Set(
  'a an the this that these each every no one all both what who where when how of for to in on by with nothing only'.split(
    ' ',
  ),
);
const VERBS_IN_ED_ING_S = new Set(
  'embed feed need proceed seed shed speed bring ping string access address alias bypass discuss dismiss express focus pass press process suppress'.split(
    ' ',
  ),
);

/** Returns what is wrong with the subject of a commit, or undefined. */
export function subjectProblem(subject: string): string | undefined {
  if (subject.length > MAX_CHARACTERS) return `has more than ${MAX_CHARACTERS} characters`;
  if (subject.includes(';')) return 'has a semicolon';
  if (subject.endsWith('.')) return 'ends with a full stop';
  const [, sentence] = SUBJECT.exec(subject) ?? [];
  if (sentence === undefined) return `is not 'type(scope): sentence' with a type of ${TYPES.join(', ')}`;
  const [verb = ''] = sentence.split(/[ ,:]/);
  return isImperative(verb) ? undefined : `does not start with an imperative: '${verb}'`;
}

/** Whether a word can be an imperative, judged by its form. */
function isImperative(word: string): boolean {
  if (!/^[a-z][a-z-]*$/.test(word) || NO_VERBS.has(word)) return false;
  return VERBS_IN_ED_ING_S.has(word) || !/(ed|ing|s)$/.test(word);
}
