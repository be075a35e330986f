import { MigError } from '../contract/errors.ts';

/** The body of an answer; throws `body_too_large` as soon as it has more bytes. */
export async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new MigError('body_too_large', `the answer is over ${maxBytes} bytes: ask for fewer records`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
