import { encodeJson } from '../../contract/go/json.ts';
import { type Path, toDisplayPath } from '../file/find-files.ts';
import type { RunTerms } from '../module.ts';
import type { FoundKey } from './read-keys.ts';

/** An entry of the result. The order of its fields is MIG's. */
export interface KeyEntry {
  fingerprint_md5: string;
  fingerprint_sha256: string;
  path: string;
  encrypted: boolean;
  type: FoundKey['type'];
}

/** The share of keys in a result of limited size; the rest is for errors. */
const SHARE_OF_KEYS = 0.7;

/** The keys of a result, up to their share of its bytes. */
export class KeyList {
  readonly entries: KeyEntry[] = [];
  #omitted = 0;
  #leftBytes: number;

  constructor({ maxBytes }: RunTerms) {
    this.#leftBytes = maxBytes * SHARE_OF_KEYS;
  }

  add(path: Path, { fingerprint_md5, fingerprint_sha256, encrypted, type }: FoundKey): void {
    const entry = { fingerprint_md5, fingerprint_sha256, path: toDisplayPath(path), encrypted, type };
    if (this.#omitted === 0 && this.#leftBytes !== Number.POSITIVE_INFINITY) {
      this.#leftBytes -= Buffer.byteLength(encodeJson(entry)) + 1;
    }
    if (this.#leftBytes < 0) this.#omitted++;
    else this.entries.push(entry);
  }

  /** A sentence about the keys that did not fit, if there are any. */
  get omissions(): string[] {
    if (this.#omitted === 0) return [];
    const total = this.entries.length + this.#omitted;
    return [`${this.#omitted} of ${total} keys were not returned: the result would be too large`];
  }
}
