/**
 * Rows as the one parameter of `jsonb_to_recordset($1)`. Half a surrogate pair, which a cut text may end with and
 * jsonb refuses, becomes U+FFFD, as in a text parameter. U+0000 stays an error of data, as it is everywhere in
 * Postgres.
 */
export function toRecordset(rows: readonly object[]): string {
  return JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  );
}
