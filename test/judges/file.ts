import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareAnswers } from '../fixtures/hostile-tree/compare.ts';
import { makeHostileTree } from '../fixtures/hostile-tree/make-tree.ts';
import { MIG, NO_MIG, type Outcome, type Programs } from './ask.ts';
import { explain } from './differences.ts';

const USUAL = 'find, grep, checksums';

/** Asks the questions about a tree of hostile names, contents and links. */
export async function askFile({ agent, mig }: Programs): Promise<Outcome[]> {
  const root = mkdtempSync(join(tmpdir(), 'mig-judges-'));
  try {
    const tree = join(root, 'tree');
    mkdirSync(tree);
    makeHostileTree(tree);
    const rows = await compareAnswers(tree, { agent, mig });
    return rows.flatMap(({ search, ours, differing, mig: other }) => {
      const about = { module: 'file', question: search, lines: ours };
      const usual: Outcome = { ...about, judge: USUAL, differences: differing.map(toDifference) };
      if (other === undefined) return [usual, { ...about, judge: MIG, differences: [], notAsked: NO_MIG }];
      const explained = other.reason === undefined ? [] : [{ lines: /./, because: other.reason }];
      return [
        usual,
        { ...about, judge: MIG, differences: explain(other.differing.map(toDifference), explained) },
      ];
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The comparison does not say which side has the path. */
function toDifference(line: string) {
  return { side: 'ours' as const, line };
}
