import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';

/** Returns what a schema of test/fixtures/export/ finds wrong with a value, a line for each problem. */
export function schemaValidator(file: string): (value: unknown) => string[] {
  // A pattern of SARIF's schema is valid only without the flag.
  const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
  addFormats.default(ajv);
  const schema = JSON.parse(readFileSync(new URL(`../fixtures/export/${file}`, import.meta.url), 'utf8'));
  const validate = ajv.compile(schema);
  return (value) =>
    validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath}: ${error.message}`);
}
