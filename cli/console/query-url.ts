import { MigError } from '../../contract/errors.ts';

/**
 * The address of a query: a path below the API, or a whole URL of it. Requests carry credentials, so any other address is
 * refused.
 */
export function queryUrl(text: string, apiUrl: string): string {
  const base = new URL(apiUrl);
  const isWhole = /^[a-z][a-z0-9+.-]*:/i.test(text);
  const relative = text.startsWith(base.pathname)
    ? text.slice(base.pathname.length)
    : text.replace(/^\/+/, '');
  const wanted = isWhole ? text : `./${relative}`;
  const url = URL.canParse(wanted, apiUrl) ? new URL(wanted, base) : undefined;
  const isBelow =
    url?.origin === base.origin &&
    url.pathname.startsWith(base.pathname) &&
    url.username === '' &&
    url.password === '';
  if (url !== undefined && isBelow) return url.href;
  throw new MigError(
    'usage',
    `${JSON.stringify(text)} is not below ${apiUrl}: your credentials are sent nowhere else`,
  );
}
