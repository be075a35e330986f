import { z } from 'zod';
import { MigError } from '../../contract/errors.ts';
import type { ParsedFlags } from '../../contract/go/flags.ts';
import { option } from '../option.ts';
import { loadDocument } from './load-document.ts';

/** The flags, with their texts. The document is read where `mig` runs. */
export const Flags = z.object({
  path: z.string().register(option, {
    flag: 'path',
    value: 'file',
    text: 'the policy, JSON or YAML, on the machine of mig',
    isRequired: true,
    example: 'policy.yaml',
  }),
  onlytrue: z.boolean().register(option, { flag: 'onlytrue', text: 'only tests that are true' }),
  human: z
    .boolean()
    .register(option, { flag: 'human', text: 'several lines for each test, with its description and tags' }),
  json: z.boolean().register(option, { flag: 'json', text: 'each test as a line of JSON' }),
});

export function toParameters(values: ParsedFlags['values']) {
  if (typeof values.path !== 'string' || values.path === '') {
    throw new MigError('usage', '-path option is required');
  }
  return {
    scribedoc: loadDocument(values.path),
    onlytrue: values.onlytrue ?? false,
    humanoutput: values.human ?? false,
    jsonoutput: values.json ?? false,
  };
}
