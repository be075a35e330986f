/** A value of a property list (plist(5)). Data and dates are empty texts: nothing here needs them. */
export type PlistValue = string | number | boolean | PlistValue[] | Map<string, PlistValue>;

/** A property list that is damaged, of another format, or larger than any that launchd needs. */
export class DamagedPlist extends Error {}

const MAX_VALUES = 20_000;
const MAX_TEXT = 8 * 1024 * 1024;
/** Dictionaries and arrays within each other. */
const MAX_DEPTH = 32;

/** What is left of the limits: a binary list may refer to one value many times. */
export class PlistRoom {
  #values = MAX_VALUES;
  #text = MAX_TEXT;

  takeValue(depth: number): void {
    if (depth > MAX_DEPTH) throw new DamagedPlist(`more than ${MAX_DEPTH} levels`);
    this.#values--;
    if (this.#values < 0) throw new DamagedPlist(`more than ${MAX_VALUES} values`);
  }

  /** For a list of values, before any of them is read. */
  expectValues(count: number): void {
    if (count > this.#values) throw new DamagedPlist(`more than ${MAX_VALUES} values`);
  }

  takeText(length: number): void {
    this.#text -= length;
    if (this.#text < 0) throw new DamagedPlist(`texts of more than ${MAX_TEXT} bytes`);
  }
}
