import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

/** One import or re-export, of types too. */
export interface Import {
  /** Path from the root of the repository. */
  file: string;
  /** The same for the imported file; the name of a package. A leading `!` marks a missing extension. */
  target: string;
  isTypeOnly: boolean;
  /** Loaded by `import()` while the program runs. */
  isDynamic: boolean;
}

const SKIPPED = new Set(['node_modules', 'dist', '.mig', '.git', 'fixtures']);
const STATEMENT = /^\s*(?:import|export)\s+(type\b)?\s*([^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\b(?:import|require)\(\s*['"`]([^'"`]+)['"`]/g;

/** Every TypeScript file below a folder, as sorted absolute paths. */
export function sourceFiles(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

/** Every import of the repository except those of Node's own modules. */
export function readImports(root: string): Import[] {
  return sourceFiles(root)
    .flatMap((path) => importsOf(root, path))
    .filter(({ target }) => !target.startsWith('node:'));
}

function importsOf(root: string, path: string): Import[] {
  const source = readFileSync(path, 'utf8').replace(/^\s*(\/\/|\*).*$/gm, '');
  const file = relative(root, path);
  const statements = [...source.matchAll(STATEMENT)].map(([, type, names = '', target = '']) => ({
    file,
    target: resolveTarget(root, path, target),
    isTypeOnly: type !== undefined || namesOnlyTypes(names),
    isDynamic: false,
  }));
  const dynamic = [...source.matchAll(DYNAMIC)].map(([, target = '']) => ({
    file,
    target: resolveTarget(root, path, target),
    isTypeOnly: false,
    isDynamic: true,
  }));
  return [...statements, ...dynamic];
}

/** `{ type A, type B } from` */
function namesOnlyTypes(names: string): boolean {
  return /^\{(\s*type\s+\w+(\s+as\s+\w+)?,?)+\s*\}\s+from/.test(names);
}

function resolveTarget(root: string, path: string, target: string): string {
  if (!target.startsWith('.')) {
    return target
      .split('/')
      .slice(0, target.startsWith('@') ? 2 : 1)
      .join('/');
  }
  if (!/\.(ts|js|json)$/.test(target)) return `!${target}`;
  return normalize(relative(root, join(dirname(path), target)));
}

/** The circles among files, types included: each is a list of files that all reach each other. */
export function findCircles(imports: readonly Import[]): string[][] {
  const targets = targetsByFile(imports);
  const reached = new Map([...targets.keys()].map((file) => [file, reachFrom(file, targets)]));
  const circles = new Map<string, string[]>();
  for (const [file, others] of reached) {
    if (!others.has(file)) continue;
    const circle = [...others].filter((other) => reached.get(other)?.has(file)).sort();
    circles.set(circle.join(), circle);
  }
  return [...circles.values()];
}

/** Every file and package that a file imports, directly or through others, types included. */
export function reachable(start: string, imports: readonly Import[]): Set<string> {
  return reachFrom(start, targetsByFile(imports));
}

function targetsByFile(imports: readonly Import[]): Map<string, string[]> {
  const targets = new Map<string, string[]>();
  for (const { file, target } of imports) {
    const list = targets.get(file);
    if (list === undefined) targets.set(file, [target]);
    else list.push(target);
  }
  return targets;
}

function reachFrom(start: string, targets: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const waiting = [...(targets.get(start) ?? [])];
  while (waiting.length > 0) {
    const file = waiting.pop();
    if (file === undefined || reached.has(file)) continue;
    reached.add(file);
    waiting.push(...(targets.get(file) ?? []));
  }
  return reached;
}
