import { isPair, parseDocument, visit } from 'yaml';
import { MigError } from '../../contract/errors.ts';

/** Aliases that repeat aliases grow without end; a policy needs few. */
const MAX_ALIASES = 100;
/** The only fields of a policy that are not texts, lists or objects. */
const BOOLEANS = new Set(['onlynewest', 'expectedresult', 'expecterror']);

/**
 * Parses YAML for a policy. A plain text is a text, as in MIG: `1.10` is a version, not a number. Throws MigError with the
 * line of a mistake.
 */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text, { version: '1.1', prettyErrors: true });
  const [error] = document.errors;
  if (error) throw new MigError('usage', error.message.split('\n', 1)[0] ?? 'is no YAML');
  visit(document, {
    Scalar(key, node, path) {
      if (key === 'key' || node.value === null) return;
      const owner = path.at(-1);
      const name = isPair(owner) ? String(owner.key) : '';
      if (typeof node.value === 'boolean' && BOOLEANS.has(name)) return;
      if (typeof node.value !== 'string') node.value = node.source ?? String(node.value);
    },
  });
  try {
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: MAX_ALIASES })));
  } catch (cause) {
    throw new MigError('usage', 'has too many aliases, or one of itself', { cause });
  }
}
