/** A text as the address of a page; undefined when it is none, or has characters or a scheme that a reader must not follow. */
export function webUrl(text: string): string | undefined {
  return WEB_URL.test(text) && URL.canParse(text) ? text : undefined;
}

/** RFC 3986, for http and https. Brackets would need more grammar than pages use. */
const WEB_URL =
  /^https?:\/\/(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})+(?:#(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$/;
