import { MigError } from '../errors.ts';

/** Decodes bytes from outside; throws on invalid UTF-8, which `Buffer.toString` would silently replace. */
export function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new MigError('body_not_utf8', 'message is not valid UTF-8', { cause });
  }
}
