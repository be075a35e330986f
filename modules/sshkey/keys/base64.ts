/** Decodes base64 without white space; undefined when a character or the padding is wrong. */
export function decodeBase64(text: string): Buffer | undefined {
  const isBase64 = text !== '' && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
  return isBase64 ? Buffer.from(text, 'base64') : undefined;
}
