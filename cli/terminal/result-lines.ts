import type { CommandView } from '../../contract/api-responses.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { findModule } from '../../modules/all-modules.ts';

/** The lines of one agent's answer, each prefixed with its name, as MIG prints them. */
export function answerLines(command: CommandView, { foundOnly }: { foundOnly: boolean }): string[] {
  const lines = linesOfResults(command, { foundOnly });
  if (!foundOnly) lines.push(`command ${command.status}`);
  return lines.map((line) => `${command.agent.name} ${line}`);
}

/** What one agent has found, without its name and without what differs although the finding is the same. */
export function stableLines({ action, results }: CommandView): string[] {
  return (results ?? []).flatMap((result, index) => {
    const module = action.operations[index]?.module ?? '';
    try {
      const lines = findModule(module)?.printStable?.(result);
      if (lines !== undefined && lines.length > 0) return lines;
    } catch {
      // Elements of an unknown shape are printed as JSON below.
    }
    return resultLines(module, result, { foundOnly: true });
  });
}

function linesOfResults({ action, results }: CommandView, { foundOnly }: { foundOnly: boolean }): string[] {
  // An agent may send more results than there are operations.
  return (results ?? []).flatMap((result, index) =>
    resultLines(action.operations[index]?.module ?? '', result, { foundOnly }),
  );
}

/** A result as its module prints it. Elements of an unknown shape are printed as JSON, so that none is hidden. */
export function resultLines(
  module: string,
  result: ModuleResult,
  { foundOnly }: { foundOnly: boolean },
): string[] {
  const asJson = () => [JSON.stringify(result.elements), ...(foundOnly ? [] : (result.errors ?? []))];
  try {
    const lines = findModule(module)?.print(result, { foundOnly }) ?? asJson();
    return lines.length === 0 && result.foundanything ? asJson() : lines;
  } catch {
    return asJson();
  }
}
