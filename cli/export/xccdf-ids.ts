/** The domain of the ids, in reverse, as XCCDF 1.2 wants it. */
const DOMAIN = 'org.mozilla.mig';

/** The id of the text that is the signed document. */
export const DOCUMENT_ID = 'signed-document-base64';

/** An id of XCCDF 1.2. Other words give other ids: characters that an id cannot have are written as `_x20_`. */
export function xccdfId(kind: 'benchmark' | 'rule' | 'testresult', word: string): string {
  const name = word === '' ? '_x_' : word.toWellFormed().replace(/_(?=x)|[^\w.-]/gu, escaped);
  return `xccdf_${DOMAIN}_${kind}_${name}`;
}

function escaped(character: string): string {
  return `_x${character.codePointAt(0)?.toString(16)}_`;
}
