import { armor, enums } from 'openpgp';
import { decodeSignature } from './armor.ts';

/** A signature in MIG's one-line form as the text that GnuPG reads. */
export function armorSignature(text: string): string {
  return armor(enums.armor.signature, decodeSignature(text), undefined, undefined, undefined, true);
}
