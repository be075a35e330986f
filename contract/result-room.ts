import { encodeJson } from './go/json.ts';

/** The shares of a result of limited size. The rest is for statistics, limits and the names of fields. */
const SHARE_OF_ELEMENTS = 0.7;
const SHARE_OF_ERRORS = 0.2;
/** JSON's quotes, comma and escapes around a text. */
const OVERHEAD_BYTES = 16;

/** The room for the elements of a result. */
export interface ResultRoom {
  /** Takes the room of a value. Returns false, and takes nothing, when it does not fit. */
  take(value: unknown): boolean;
}

export function createResultRoom(maxBytes: number): ResultRoom {
  let left = maxBytes * SHARE_OF_ELEMENTS;
  return {
    take(value) {
      if (left === Number.POSITIVE_INFINITY) return true;
      const bytes = Buffer.byteLength(encodeJson(value)) + 1;
      if (bytes > left) return false;
      left -= bytes;
      return true;
    },
  };
}

/** Keeps the texts that fit among the errors of a result. The last one says how many are missing. */
export function fitTexts(texts: readonly string[], maxBytes: number): string[] {
  let left = maxBytes * SHARE_OF_ERRORS;
  const end = texts.findIndex((text) => {
    left -= Buffer.byteLength(text) + OVERHEAD_BYTES;
    return left < 0;
  });
  if (end < 0) return [...texts];
  return [...texts.slice(0, end), `${texts.length - end} more, for which the result has no room`];
}
