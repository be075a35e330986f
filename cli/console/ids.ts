import { MigError } from '../../contract/errors.ts';

/** Refuses a word that is no id. */
export function requireId(type: 'action' | 'command' | 'agent', word: string): number {
  if (/^\d{1,16}$/.test(word)) return Number(word);
  throw new MigError('usage', `${type} needs an id, not ${JSON.stringify(word)}: search ${type} lists them`);
}
