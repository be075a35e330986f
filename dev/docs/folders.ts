import type { Import } from './imports.ts';

/** The folders of the picture, top down. `test` is left out: it imports nearly everything. */
const FOLDERS = [
  'cli',
  'api',
  'worker',
  'agent',
  'workflows',
  'activities',
  'modules',
  'platform',
  'contract',
  'dev',
  'bench',
];

interface Edge {
  from: string;
  to: string;
  isTypeOnly: boolean;
}

/** The top-level folders with their imports, as a Mermaid flowchart. */
export function renderFolders(imports: readonly Import[]): string {
  const folderOf = (path: string) => {
    const [top = ''] = path.split('/');
    return FOLDERS.includes(top) && path.includes('/') ? top : undefined;
  };
  return flowchart(FOLDERS, edgesBetween(imports, folderOf));
}

/** The rooms of one folder; a file that lies beside them is a node of its own. */
export function renderRooms(imports: readonly Import[], folder: string): string {
  const roomOf = (path: string) => {
    const [top, room] = path.split('/');
    return top === folder ? room : undefined;
  };
  const rooms = new Set(imports.flatMap(({ file }) => roomOf(file) ?? []));
  return flowchart([...rooms].sort(), edgesBetween(imports, roomOf));
}

function edgesBetween(
  imports: readonly Import[],
  nodeOf: (path: string) => string | undefined,
): readonly Edge[] {
  const edges = new Map<string, Edge>();
  for (const { file, target, isTypeOnly } of imports) {
    const [from, to] = [nodeOf(file), nodeOf(target)];
    if (from === undefined || to === undefined || from === to) continue;
    const key = `${from} ${to}`;
    edges.set(key, { from, to, isTypeOnly: isTypeOnly && edges.get(key)?.isTypeOnly !== false });
  }
  return [...edges.values()].sort((a, b) => compare(a.from, b.from) || compare(a.to, b.to));
}

/** Leaves out each arrow that a longer path implies; an import at run time is implied by such imports alone. */
function flowchart(nodes: readonly string[], edges: readonly Edge[]): string {
  const atRunTime = edges.filter(({ isTypeOnly }) => !isTypeOnly);
  const isImplied = ({ from, to, isTypeOnly }: Edge) => {
    const paths = isTypeOnly ? edges : atRunTime;
    return paths.some(
      (edge) => edge.from === from && edge.to !== to && reaches(edge.to, { to, edges: paths }),
    );
  };
  return [
    '```mermaid',
    'flowchart TD',
    ...nodes.map((node) => `  ${idOf(node)}["${node}"]`),
    ...edges
      .filter((edge) => !isImplied(edge))
      .map(({ from, to, isTypeOnly }) => `  ${idOf(from)} ${isTypeOnly ? '-.->' : '-->'} ${idOf(to)}`),
    '```',
  ].join('\n');
}

function reaches(from: string, { to, edges }: { to: string; edges: readonly Edge[] }): boolean {
  const reached = new Set([from]);
  for (const node of reached) {
    for (const edge of edges) if (edge.from === node) reached.add(edge.to);
  }
  return reached.has(to);
}

function idOf(node: string): string {
  return node.replace(/\W/g, '_');
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
