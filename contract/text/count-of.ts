/** A count with its noun: `1 agent`, `2 agents`, `1 match`. A noun whose plural has another ending gives it. */
export function countOf(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}
