/** Most keys have only these characters; such a key folds into itself. */
const FOLDED = /^[a-z0-9_]*$/;

/** Folds a key as Go does to match fields: ignores case, and maps the two characters that fold into ASCII letters. */
export function foldKey(key: string): string {
  if (FOLDED.test(key)) return key;
  return key.toWellFormed().toLowerCase().replaceAll('\u212a', 'k').replaceAll('\u017f', 's');
}

/**
 * Returns a function that renames the keys of a decoded object to these field names, ignoring case, and drops the others,
 * as Go reads JSON into a struct. A null value counts as absent. Go would use the last of two keys for one field; here
 * they are refused, because the intended one is unknown.
 */
export function goFieldsReader(
  names: readonly string[],
): (value: unknown, refuse: (why: string) => void) => unknown {
  const exact = new Set(names);
  const byFold = new Map(names.map((name) => [foldKey(name), name]));
  return (value, refuse) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const out: Record<string, unknown> = {};
    const nulls: string[] = [];
    for (const [key, item] of Object.entries(value)) {
      // Nearly every key is exact, and folding a key costs more than reading its value.
      const name = exact.has(key) ? key : byFold.get(foldKey(key));
      if (name === undefined) continue;
      if (Object.hasOwn(out, name)) refuse(`the field '${name}' appears twice (case is ignored)`);
      out[name] = item;
      if (item === null) nulls.push(name);
    }
    for (const name of nulls) delete out[name];
    return out;
  };
}
