const UNICODE_CLASS = /\\[pP](?:\{[^}]*\}|[^{])/uy;
const QUOTED = /\\Q.*?(?:\\E|$)/sy;
const NAMED_CLASS = /\[:[^\]]*:\]/y;

/** Rewrites a pattern token by token. An escape, a Unicode class, a quotation (`\Q…\E`) and `[^` are one token each. */
export function rewriteTokens(
  source: string,
  replace: (token: string, isInClass: boolean) => string,
): string {
  let text = '';
  let isInClass = false;
  let isFirstInClass = false;
  let at = 0;
  while (at < source.length) {
    const token = tokenAt(source, at, isInClass);
    text += replace(token, isInClass);
    at += token.length;
    if (isInClass) {
      isInClass = token !== ']' || isFirstInClass;
      isFirstInClass = false;
    } else {
      isInClass = token === '[' || token === '[^';
      isFirstInClass = isInClass;
    }
  }
  return text;
}

function tokenAt(source: string, at: number, isInClass: boolean): string {
  const char = source.charAt(at);
  if (char === '\\') {
    const quoted = isInClass ? undefined : matchAt(QUOTED, source, at);
    return quoted ?? matchAt(UNICODE_CLASS, source, at) ?? source.slice(at, at + 2);
  }
  if (char === '[' && isInClass) return matchAt(NAMED_CLASS, source, at) ?? char;
  return char === '[' && source.charAt(at + 1) === '^' ? '[^' : char;
}

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}
