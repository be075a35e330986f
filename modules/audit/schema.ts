import { z } from 'zod';
import { goObject } from '../../contract/fields.ts';
import { option } from '../option.ts';

/** A query has no parameters, and accepts anything. */
export const Parameters = z.unknown();

/** The settings of `audit.cfg`. */
export const Config = goObject({
  audit: goObject({
    rulespath: z.string().default('').register(option, {
      value: 'file',
      text: 'the rules, as JSON; required',
      example: '/etc/mig/audit.rules.json',
    }),
    ratelimit: z
      .number()
      .int()
      .default(0)
      .register(option, { value: 'number', text: 'messages of the kernel in a second; 500 when it is 0' }),
    backloglimit: z.number().int().default(0).register(option, {
      value: 'number',
      text: 'messages that may wait in the kernel; 16384 when it is 0',
    }),
    includeraw: z
      .boolean()
      .default(false)
      .register(option, { text: 'keep the text of the records in the alerts' }),
  }).prefault({}),
});
export type Config = z.infer<typeof Config>;
