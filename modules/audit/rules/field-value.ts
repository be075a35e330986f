import { constants } from 'node:os';
import { MigError } from '../../../contract/errors.ts';
import { architectureOf, FILE_TYPES, PERMISSIONS, TEXT_FIELDS } from './constants.ts';

const SUCCESS = new Map([
  ['yes', 1],
  ['no', 0],
]);

/** The value of a field in the kernel's form. Throws for one that the field cannot have. */
export function fieldValue(name: string, value: string | number): number | string {
  if (TEXT_FIELDS.has(name)) return String(value);
  const known = named(name, String(value));
  if (known !== undefined) return known;
  const number = numberOf(value);
  if (number === undefined) {
    throw new MigError('config_invalid', `field ${name}: ${JSON.stringify(value)} is no value`);
  }
  return number;
}

function named(name: string, text: string): number | undefined {
  switch (name) {
    case 'arch':
      return architectureOf(text);
    case 'perm':
      return permissionBits(text);
    case 'filetype':
      return Object.hasOwn(FILE_TYPES, text) ? FILE_TYPES[text] : undefined;
    case 'exit':
      return errorNumber(text);
    case 'success':
      return SUCCESS.get(text);
    case 'auid':
    case 'loginuid':
    case 'sessionid':
      return text === 'unset' ? -1 : undefined;
    default:
      return undefined;
  }
}

/** Undefined for letters other than r, w, x and a. */
export function permissionBits(letters: string): number | undefined {
  if (!/^[rwxa]+$/.test(letters)) return undefined;
  return [...letters].reduce((bits, letter) => bits | (PERMISSIONS[letter] ?? 0), 0);
}

/** `-EACCES` and the like. */
function errorNumber(text: string): number | undefined {
  const [, sign, code = ''] = /^(-?)(E[A-Z0-9]+)$/.exec(text) ?? [];
  const number = Object.entries(constants.errno).find(([name]) => name === code)?.[1];
  if (number === undefined) return undefined;
  return sign === '-' ? -number : number;
}

function numberOf(value: string | number): number | undefined {
  if (value !== '' && !/^-?(\d+|0x[0-9a-f]+)$/i.test(String(value))) return undefined;
  const text = String(value);
  const number = text.startsWith('-') ? -Number(text.slice(1)) : Number(text);
  return text !== '' && Number.isInteger(number) && number >= -(2 ** 31) && number < 2 ** 32
    ? number
    : undefined;
}
