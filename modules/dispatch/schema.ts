import { z } from 'zod';
import { goObject } from '../../contract/fields.ts';
import { option } from '../option.ts';

/** A query has no parameters, and accepts anything. */
export const Parameters = z.unknown();

/** The settings of `dispatch.cfg`. */
export const Config = goObject({
  dispatch: goObject({
    httpurl: z.string().default('').register(option, {
      value: 'url',
      text: 'where alerts are posted to, unless snstopic is set',
      example: 'https://events.example.net/',
    }),
    snstopic: z.string().default('').register(option, {
      value: 'name',
      text: 'the name of a topic of Amazon SNS, in the region and account of this instance',
    }),
    outputmozdef: z
      .boolean()
      .default(false)
      .register(option, { text: 'send events of MozDef, with the record as details' }),
    channelsize: z
      .number()
      .int()
      .default(0)
      .register(option, { value: 'number', text: 'how many alerts may wait; 1024 when it is 0' }),
  }).prefault({}),
});
export type Config = z.infer<typeof Config>;
