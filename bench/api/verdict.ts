import type { Measured } from './measure-case.ts';

const AIM_P99_MS = 50;
/** Two runs of the same code differ by less. */
const SLOWER = 1.1;

/** What the figures say of the aims: p99 under 50 ms, and no case slower than in the other checkout. */
export function judge(results: readonly Measured[]): { lines: string[]; isGood: boolean } {
  const over = results.filter(({ ms }) => ms.p99 >= AIM_P99_MS);
  const lines = [
    `${results.length - over.length} of ${results.length} cases have a p99 under ${AIM_P99_MS} ms`,
    ...over.map(({ what, route, ms }) => `  over: ${route}, ${what}: p50 ${ms.p50}, p99 ${ms.p99} ms`),
  ];
  const compared = results.flatMap(({ other, ...one }) => (other === undefined ? [] : [{ ...one, other }]));
  const slower = compared.filter(({ other }) => other.timesP50 > SLOWER);
  if (compared.length > 0) {
    lines.push(
      'route, case: p50 and p99 of ours, of the other; p50 and p99 times of the other',
      ...compared.map(
        ({ route, what, ms, other }) =>
          `  ${route}, ${what}: ${ms.p50} ${ms.p99}, ${other.ms.p50} ${other.ms.p99} ms; ${other.timesP50} ${other.timesP99}`,
      ),
      `${compared.length - slower.length} of ${compared.length} cases are no slower: p50 at most ${SLOWER} times of the other`,
      ...slower.map(({ route, what, other }) => `  slower: ${route}, ${what}: ${other.timesP50} times`),
    );
  }
  return { lines, isGood: over.length === 0 && slower.length === 0 };
}
