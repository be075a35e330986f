/** A field of a record; undefined: it has none, and no line. A list has a line for each text. */
export type Field = readonly [label: string, value: string | readonly string[] | undefined | null];

const INDENT = '  ';

/** The lines of a record for people: labels in one column, values in another. */
export function fieldLines(fields: readonly Field[]): string[] {
  const shown = fields.filter(([, value]) => value !== undefined && value !== null && value.length > 0);
  const width = Math.max(0, ...shown.map(([label]) => label.length));
  return shown.flatMap(([label, value]) =>
    [value ?? []]
      .flat()
      .map((text, place) => `${INDENT}${(place === 0 ? label : '').padEnd(width)}  ${text}`),
  );
}
