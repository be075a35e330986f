/** Of the words that are known, the one that reads most like another: for a hint to whoever mistyped it. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({ candidate, likeness: likeness(word, candidate) }));
  return ranked.sort((one, other) => other.likeness - one.likeness)[0]?.candidate;
}

/** From 0 to 1: the share of both words' characters that they have in common, in the same order. */
function likeness(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, () => 0);
  for (const char of one.toLowerCase()) {
    const above = row;
    row = [0];
    for (const [column, candidate] of [...other.toLowerCase()].entries()) {
      const isSame = candidate === char;
      row.push(isSame ? (above[column] ?? 0) + 1 : Math.max(above[column + 1] ?? 0, row[column] ?? 0));
    }
  }
  return (2 * (row.at(-1) ?? 0)) / Math.max(1, one.length + other.length);
}
