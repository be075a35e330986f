import { isBinaryPlist, parseBinaryPlist } from './binary-plist.ts';
import type { PlistValue } from './plist-value.ts';
import { parseXmlPlist } from './xml-plist.ts';

/** Parses a property list of either format. Throws DamagedPlist. */
export function parsePlist(bytes: Buffer): PlistValue {
  return isBinaryPlist(bytes) ? parseBinaryPlist(bytes) : parseXmlPlist(bytes.toString('utf8'));
}
