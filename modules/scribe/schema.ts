import { z } from 'zod';
import { goObject, listOf, texts } from '../../contract/fields.ts';
import { option } from '../option.ts';

/** More than any policy has, and few enough to be checked. */
const MAX_ITEMS = 100_000;
const text = z.string().default('');
const flag = z.boolean().default(false);

const Variable = goObject({ key: text, value: text });

const Package = goObject({ name: text, collectmatch: text, onlynewest: flag });
export type Package = z.infer<typeof Package>;

const FileContent = goObject({
  path: text,
  file: text,
  expression: text,
  concat: text,
  'import-chain': texts.default([]),
});
export type FileContent = z.infer<typeof FileContent>;

const FileName = goObject({ path: text, file: text });
export type FileName = z.infer<typeof FileName>;

const HasLine = goObject({ path: text, file: text, expression: text });
export type HasLine = z.infer<typeof HasLine>;

const Raw = goObject({
  identifiers: listOf(goObject({ identifier: text, value: text }), MAX_ITEMS).default([]),
});

/** Where data comes from (spec/modules/scribe.md#objects). */
const PolicyObject = goObject({
  object: text,
  package: Package.prefault({}),
  filecontent: FileContent.prefault({}),
  filename: FileName.prefault({}),
  hasline: HasLine.prefault({}),
  raw: Raw.prefault({}),
});
export type PolicyObject = z.infer<typeof PolicyObject>;

const Tag = goObject({ key: text, value: text });

/** What is asserted about an object (spec/modules/scribe.md#tests). */
const PolicyTest = goObject({
  test: text,
  name: text,
  description: text,
  object: text,
  evr: goObject({ operation: text, value: text }).prefault({}),
  regexp: goObject({ value: text }).prefault({}),
  exactmatch: goObject({ value: text }).prefault({}),
  if: texts.default([]),
  tags: listOf(Tag, MAX_ITEMS).default([]),
  /** For tools that test policies. */
  expectedresult: flag,
  expecterror: flag,
});
export type PolicyTest = z.infer<typeof PolicyTest>;

export const Policy = goObject({
  variables: listOf(Variable, MAX_ITEMS).default([]),
  objects: listOf(PolicyObject, MAX_ITEMS).default([]),
  tests: listOf(PolicyTest, MAX_ITEMS).default([]),
});
export type Policy = z.infer<typeof Policy>;

export const Parameters = goObject({
  scribedoc: Policy.prefault({}),
  onlytrue: z.boolean().default(false).register(option, { text: 'only tests that are true' }),
  humanoutput: flag,
  jsonoutput: flag,
});
export type Parameters = z.infer<typeof Parameters>;
