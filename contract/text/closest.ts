const MAX_EDITS = 2;

/** The end of an error about an unknown word: `; did you mean -path?`, or empty when no name is close to the word. */
export function didYouMean(
  word: string,
  names: readonly string[],
  { prefix = '' }: { prefix?: string } = {},
): string {
  const meant = closestName(word, names);
  return meant === undefined ? '' : `; did you mean ${prefix}${meant}?`;
}

/** The most likely intended name of a misspelt word; undefined when none is close. */
export function closestName(word: string, names: readonly string[]): string | undefined {
  const close = names
    .map((name) => ({ name, edits: editDistance(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, edits }) => edits <= Math.min(MAX_EDITS, (name.length - 1) / 2))
    .sort((one, other) => one.edits - other.edits);
  return close[0]?.name;
}

/** The number of characters to insert, delete, replace, or swap with the next one (optimal string alignment). */
function editDistance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > MAX_EDITS) return MAX_EDITS + 1;
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const deleted = at(i - 1, j) + 1;
      const inserted = at(i, j - 1) + 1;
      const replaced = at(i - 1, j - 1) + (isSame ? 0 : 1);
      const swapped = isSwapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(deleted, inserted, replaced, swapped));
    }
  }
  return at(one.length, other.length);
}
