/** Keys that the API makes for programs: 32 letters and digits, with 8 more in front for a loader (spec/acl.md#api-keys). */
export const SECRET_KEY_LENGTH = 32;
export const KEY_PREFIX_LENGTH = 8;

/** A key as it was presented: `prefix` finds its record, `secret` is compared with the hash. */
export interface PresentedKey {
  prefix: string;
  secret: string;
}

const API_KEY = /^[A-Za-z0-9]{32}$/;
const LOADER_KEY = /^[A-Za-z0-9]{40}$/;

/** The whole key is the secret, and its own beginning finds it: MIG's header has no room for more. */
export function parseApiKey(text: string): PresentedKey | undefined {
  if (!API_KEY.test(text)) return undefined;
  return { prefix: text.slice(0, KEY_PREFIX_LENGTH), secret: text };
}

/** The prefix is no part of the secret. */
export function parseLoaderKey(text: string): PresentedKey | undefined {
  if (!LOADER_KEY.test(text)) return undefined;
  return { prefix: text.slice(0, KEY_PREFIX_LENGTH), secret: text.slice(KEY_PREFIX_LENGTH) };
}
