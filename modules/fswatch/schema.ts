import { z } from 'zod';
import { goObject, texts } from '../../contract/fields.ts';
import { option } from '../option.ts';

/** A query has no parameters, and accepts anything. */
export const Parameters = z.unknown();

/** The settings of `fswatch.cfg`. */
export const Config = goObject({
  Paths: goObject({
    Path: texts.default([]).register(option, {
      value: 'path',
      text: 'a file or folder to watch, or recursive:PATH for a folder and all below it; by default a built-in list',
      example: 'recursive:/etc',
    }),
  }).prefault({}),
});
export type Config = z.infer<typeof Config>;
