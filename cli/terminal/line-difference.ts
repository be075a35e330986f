/** Above it, two texts are so different that all lines are shown. */
const MAX_CELLS = 4_000_000;

/** The lines of two texts, in order: those of the first alone with `- `, those of the second alone with `+ `. */
export function lineDifference(before: readonly string[], after: readonly string[]): string[] {
  const start = commonStart(before, after);
  const end = commonStart(before.slice(start).reverse(), after.slice(start).reverse());
  const old = before.slice(start, before.length - end);
  const fresh = after.slice(start, after.length - end);
  return [
    ...before.slice(0, start).map((line) => `  ${line}`),
    ...changedLines(old, fresh),
    ...before.slice(before.length - end).map((line) => `  ${line}`),
  ];
}

function commonStart(one: readonly string[], other: readonly string[]): number {
  const first = one.findIndex((line, index) => line !== other[index]);
  return first === -1 ? one.length : first;
}

function changedLines(old: readonly string[], fresh: readonly string[]): string[] {
  if (old.length * fresh.length > MAX_CELLS) {
    return [...old.map((line) => `- ${line}`), ...fresh.map((line) => `+ ${line}`)];
  }
  const lengths = commonLengths(old, fresh);
  const width = fresh.length + 1;
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (i < old.length && old[i] === fresh[j]) {
      lines.push(`  ${old[i]}`);
      i++;
      j++;
      continue;
    }
    const [without, next] = [lengths[(i + 1) * width + j], lengths[i * width + j + 1]];
    const isRemoved = j === fresh.length || (i < old.length && Number(without) >= Number(next));
    lines.push(isRemoved ? `- ${old[i++]}` : `+ ${fresh[j++]}`);
  }
  return lines;
}

/** At `i * width + j`: how many lines the rests from i and from j have in common, in order. */
function commonLengths(old: readonly string[], fresh: readonly string[]): Uint32Array {
  const width = fresh.length + 1;
  const lengths = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) {
      const at = i * width + j;
      const [without = 0, next = 0] = [lengths[at + width], lengths[at + 1]];
      lengths[at] = old[i] === fresh[j] ? Number(lengths[at + width + 1]) + 1 : Math.max(without, next);
    }
  }
  return lengths;
}
