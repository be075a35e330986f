/** The name that a misspelt word was most likely meant to be; undefined when none is near. */
export function closestName(word: string, names: readonly string[]): string | undefined {
  const nearest = names
    .map((name) => ({ name, slips: slipsBetween(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, slips }) => slips <= Math.min(MAX_SLIPS, (name.length - 1) / 2))
    .sort((one, other) => one.slips - other.slips);
  return nearest[0]?.name;
}

/** What an error about a word that nobody knows ends with; empty when no name is near. */
export function didYouMean(word: string, names: readonly string[]): string {
  const meant = closestName(word, names);
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}

const MAX_SLIPS = 2;

/** How many characters must be put in, left out, replaced, or swapped with the next one (optimal string alignment). */
function slipsBetween(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > MAX_SLIPS) return MAX_SLIPS + 1;
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= one.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      rows[i]?.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + (isSame ? 0 : 1),
          isSwapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(one.length, other.length);
}
