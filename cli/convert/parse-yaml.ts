import { parseDocument, visit } from 'yaml';
import { errorMessage, MigError } from '../../contract/errors.ts';

/** Aliases that repeat aliases grow without end; policies have none or few. */
const MAX_ALIASES = 100;

/**
 * Parses YAML of others. Every scalar is the text in the file, as `0640` and `no` are meant there. Throws MigError for what is
 * no YAML, too deep, or grows without end.
 */
export function parseYaml(text: string): unknown {
  if (isDeep(text)) throw new MigError('usage', 'is no plain YAML: it is nested too deep');
  try {
    const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
    const [error] = document.errors;
    if (error) throw new MigError('usage', firstLine(error.message));
    visit(document, {
      Scalar(_, node) {
        if (node.value === null || typeof node.value === 'string') return;
        node.value = node.source ?? String(node.value);
      },
    });
    // An anchor within itself becomes an object within itself, which JSON refuses.
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: MAX_ALIASES })) ?? 'null');
  } catch (cause) {
    if (cause instanceof MigError) throw cause;
    throw new MigError('usage', `is no plain YAML: ${whyNot(cause)}`, { cause });
  }
}

const MAX_DEPTH = 1000;
const DEEP_LINE = new RegExp(`^\\s*(?:[-?:]\\s+){${MAX_DEPTH}}`, 'm');

/** The parser takes minutes for what is nested deep. Brackets in texts count, too: no policy has so many without an end. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (const bracket of text.match(/[[\]{}]/g) ?? []) {
    depth = Math.max(0, depth + (bracket === '[' || bracket === '{' ? 1 : -1));
    if (depth > MAX_DEPTH) return true;
  }
  return DEEP_LINE.test(text);
}

function whyNot(cause: unknown): string {
  if (cause instanceof RangeError) return 'it is nested too deep';
  if (cause instanceof ReferenceError) return 'it has too many aliases';
  return cause instanceof TypeError ? 'it contains itself' : firstLine(errorMessage(cause));
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.slice(0, 200) ?? '';
}
