import { z } from 'zod';
import { goObject } from '../../contract/fields.ts';
import { option } from '../option.ts';

export const Parameters = goObject({
  yara: z.string().default('').register(option, { text: 'the rules, as their source' }),
  filesearch: z.string().default('').register(option, {
    text: 'the files to scan, as flags of module file; without it the rules are only compiled',
    example: "-path /bin -path /sbin -name '.'",
  }),
});
export type Parameters = z.infer<typeof Parameters>;
