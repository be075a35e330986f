const MAX_ERRORS = 20;
const MAX_LENGTH = 500;

/** The errors of the rules, each on one line that begins with its place. */
export function describeCompileErrors(errors: readonly string[]): string[] {
  const described = errors.slice(0, MAX_ERRORS).map(describe);
  const more = errors.length - MAX_ERRORS;
  return more > 0 ? [...described, `${more} more errors in the rules`] : described;
}

/** The engine prints a title, ` --> line:2:21`, and the line with a remark behind carets. */
function describe(error: string): string {
  const [title = ''] = error.split('\n');
  const [, line, column] = /^ *--> [^\n]*?(\d+):(\d+)$/m.exec(error) ?? [];
  const [, remark] = /^ *\|[ |]*[\^-]+ (\S.*)$/m.exec(error) ?? [];
  const place = line === undefined ? '' : `, line ${line}, column ${column}`;
  const text = title.replace(/^error\[\w+\]: /, '');
  return `rules${place}: ${remark === undefined ? text : `${text}: ${remark}`}`.slice(0, MAX_LENGTH);
}
