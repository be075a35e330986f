/** The line, counted from 1, where a text stops being JSON; undefined when the text is JSON. */
export function lineOfJsonError(text: string): number | undefined {
  const problem = jsonProblem(text);
  if (problem === undefined) return undefined;
  const position = /at position (\d+)/.exec(problem)?.[1];
  if (position !== undefined) return lineAt(text, Number(position));
  const lines = text.split('\n');
  if (!isUnexpected(problem)) return lineAt(text, text.trimEnd().length);
  // V8 names a wrong token without its place. The first lines of a text up to it have no wrong token.
  let [before, within] = [0, lines.length];
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2);
    if (isUnexpected(jsonProblem(lines.slice(0, middle).join('\n')) ?? '')) within = middle;
    else before = middle;
  }
  return within;
}

function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}

function isUnexpected(problem: string): boolean {
  return problem.startsWith('Unexpected token');
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
