import { type Path, toDisplayPath } from '../../../platform/machine/directory/system-path.ts';
import { LazyFileInfo } from '../filesystem/file-info.ts';
import type { Check } from '../plan/check.ts';
import type { Plan } from '../plan/plan.ts';
import type { Candidate } from './context.ts';

/** Returns the searches that the file may still match: in matchall one failed check decides. Throws the errors of stat. */
export function checkMetadata(plans: readonly Plan[], file: Path): Candidate[] {
  const candidates: Candidate[] = [];
  const name = toDisplayPath(file.slice(file.lastIndexOf('/') + 1));
  const info = new LazyFileInfo(file);
  for (const plan of plans) {
    const isPassed = (check: Check) => {
      const outcome = check.testMetadata?.(name, info);
      if (outcome === undefined) return noteUnknown(check, file);
      return (outcome !== check.isInverse) !== check.isMismatch;
    };
    if (!plan.search.options.matchall) {
      candidates.push({ plan, passed: new Set(plan.metadata.filter(isPassed)) });
    } else if (plan.metadata.every(isPassed)) {
      candidates.push({ plan, passed: plan.allMetadata });
    }
  }
  return candidates;
}

function noteUnknown(check: Check, file: Path): false {
  check.unknown = { count: (check.unknown?.count ?? 0) + 1, first: check.unknown?.first ?? file };
  return false;
}
