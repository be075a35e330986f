import type { Expression } from '../expression.ts';
import { any, found, not } from '../expression.ts';
import { fileExists, fileFound } from '../file-search.ts';
import { type LinePattern, linePattern, type RegexSyntax } from '../regex/line-pattern.ts';
import { quoteRegex } from '../regex/quote-regex.ts';

/** What one rule requires. `needs`: without it, Wazuh has no answer to the rule. */
interface TranslatedRule {
  requires: Expression;
  needs?: { key: string; expression: Expression };
}

/** Translates a rule such as `not f:/etc/motd -> r:Debian`. Returns the reason where module `file` cannot say the same. */
export function translateRule(rule: string, syntax: RegexSyntax): TranslatedRule | string {
  const trimmed = rule.trim();
  const isNegated = trimmed.startsWith('not ');
  const [target = '', ...content] = trimmed
    .slice(isNegated ? 'not '.length : 0)
    .trim()
    .split(' -> ');
  const [, kind = '', value = ''] = /^!?([a-z]):([\s\S]*)$/.exec(target.trim()) ?? [];
  // Both mean the same, and only the newer word is read where both stand.
  if (target.trim().startsWith('!')) return 'a rule begins with ! and not with not';
  const translated = translateQuestion(kind, value.trim(), { content, syntax });
  if (typeof translated === 'string' || !isNegated) return translated;
  return { ...translated, requires: not(translated.requires) };
}

interface Content {
  content: readonly string[];
  syntax: RegexSyntax;
}

function translateQuestion(
  kind: string,
  value: string,
  { content, syntax }: Content,
): TranslatedRule | string {
  switch (kind) {
    case 'f':
      return translateFile(value, { content, syntax });
    case 'p':
      return content.length === 0 ? translateProcess(value) : 'a rule about processes has a content';
    case 'd':
      return 'it asks for folders, and module file does not tell a missing one from an empty one';
    case 'c':
      return 'it runs a command';
    case 'r':
      return 'it reads the registry of Windows';
    default:
      return 'a rule has no type that is known';
  }
}

const PATH = /^(\/[^/,$*?\s]+)+$/;

/** Of several files, one is enough. */
function translateFile(value: string, { content, syntax }: Content): TranslatedRule | string {
  const paths = value.split(',').map((path) => path.trim());
  if (!paths.every((path) => PATH.test(path) && !path.split('/').includes('..')))
    return 'a path is not plain';
  const [pattern] = content;
  if (pattern === undefined) return { requires: fileExists(...paths) };
  if (content.length > 1) return 'a rule about a file has two contents';
  if (paths.length > 1)
    return 'it reads several files, and without one of them its result depends on the others';
  const translated = linePattern(pattern, syntax);
  if (typeof translated === 'string') return translated;
  const requires = contentExpression(paths, translated);
  if (typeof requires === 'string') return requires;
  return { requires, needs: { key: value, expression: fileExists(...paths) } };
}

function contentExpression(paths: readonly string[], { regex, isAbsent }: LinePattern): Expression | string {
  if (!isAbsent) return fileFound({ paths, contents: [regex] });
  // An empty file passes no rule, and the kernel's files show no size.
  if (/^\/(proc|sys)\//.test(paths[0] ?? '')) return 'a line must be missing from a file of the kernel';
  return fileFound({ paths, contents: [`!${regex}`], sizes: ['>1'] });
}

/** A process of this name, or of this command line. */
function translateProcess(name: string): TranslatedRule | string {
  if (!/^[\w./@+ -]{1,200}$/.test(name)) return 'the name of a process is not plain';
  const options = { matchall: true, matchlimit: 20 };
  const exactly = [`^${quoteRegex(name)}$`];
  return {
    requires: any(
      found({ module: 'process', search: { names: exactly, options } }),
      found({ module: 'process', search: { commands: exactly, options } }),
    ),
  };
}
