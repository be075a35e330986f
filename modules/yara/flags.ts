import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { errorMessage, MigError } from '../../contract/errors.ts';
import type { ParsedFlags } from '../../contract/go/flags.ts';
import { option } from '../option.ts';

const MAX_RULES_BYTES = 16 * 1024 ** 2;

/** The flags, with their texts. The rules are read where `mig` runs. */
export const Flags = z.object({
  rules: z.string().register(option, {
    flag: 'rules',
    value: 'file',
    text: 'the rules, on the machine of mig, required',
    example: 'rules.yar',
  }),
  files: z.string().register(option, {
    flag: 'files',
    value: 'flags',
    text: 'the files to scan, as flags of mig file in one text, required',
    example: '-path /bin -path /sbin -name .',
  }),
});

/** Returns a flag that is missing, and what to write; undefined when there is none. */
export function findFlagMistake({ rules, files }: ParsedFlags['values']): string | undefined {
  if (rules === undefined) return '-rules is missing: write the file that has the rules, as -rules rules.yar';
  if (files === undefined)
    return '-files is missing: write flags of module file as one text, as -files "-path /bin -name ."';
  return undefined;
}

export function toParameters({ rules, files }: ParsedFlags['values']) {
  if (typeof rules !== 'string' || rules === '') throw new MigError('usage', '-rules option is required');
  const yara = readRules(rules);
  if (yara.trim() === '') throw new MigError('usage', `-rules ${rules}: has no rules`);
  if (typeof files !== 'string' || files === '') throw new MigError('usage', '-files option is required');
  return { yara, filesearch: files };
}

function readRules(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > MAX_RULES_BYTES) throw new MigError('usage', `has ${size} bytes, over ${MAX_RULES_BYTES}`);
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    throw new MigError('usage', `-rules ${path}: ${errorMessage(cause)}`, { cause });
  }
}
