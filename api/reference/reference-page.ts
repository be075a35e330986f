import { html, raw } from 'hono/html';
import { ROUTES_BY_CHAPTER } from '../../contract/api/all-routes.ts';
import { errorsOf } from '../../contract/api/errors-of.ts';
import { exampleParameter, isFromFile, namesOfExample } from '../../contract/api/example-parameters.ts';
import type { Route } from '../../contract/api/route.ts';
import { ERROR_GUIDE } from '../../contract/error-guide/error-guide.ts';
import { statusOf } from '../http/errors.ts';
import { exampleAnswer } from './examples.ts';
import { toJsonSchema } from './json-schema.ts';
import { describeAccess, isRequired } from './openapi.ts';

type Html = ReturnType<typeof html>;

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h3 { margin-top: 2.5rem; } h3 code { font-size: 1.1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; }
td:first-child { white-space: nowrap; } nav { columns: 3 14rem; } nav a { display: block; }
pre { overflow-x: auto; padding: .75rem; background: #8881; }
`;

/** What the page may load: nothing but its own style. */
export const REFERENCE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The reference of the API as one page without scripts, made from the descriptions of its routes. */
export async function renderReference(url: string): Promise<string> {
  const chapters = Object.entries(ROUTES_BY_CHAPTER).map(([title, routes]): [string, [string, Route][]] => [
    title,
    Object.entries(routes),
  ]);
  const page = await html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>MIG: reference of the API</title><style>${raw(STYLE)}</style></head>
<body>
<h1>Reference of the API</h1>
<p>Base address: <code>${url}</code>. For programs: <a href="openapi.json">openapi.json</a>, OpenAPI 3.1.</p>
<p>Answers are Collection+JSON: each item has <code>data</code> with a name and a value.
An error has <code>collection.error.code</code>, one of <a href="#errors">these</a>, and a message.</p>
<nav>${chapters.map(([title]) => html`<a href="#${title}">${title}</a>`)}<a href="#errors">Errors</a></nav>
${chapters.map(([title, routes]) => renderChapter(title, routes, url))}
<h2 id="errors">Errors</h2>
<table><tr><th>Code</th><th>Status</th><th>Cause</th><th>Next step</th></tr>
${Object.entries(ERROR_GUIDE).map(
  ([code, { status, cause, next }]) =>
    html`<tr id="${code}"><td><code>${code}</code></td><td>${status ?? ''}</td><td>${cause}</td><td>${next}</td></tr>
`,
)}</table>
</body>
</html>
`;
  return page.toString();
}

function renderChapter(title: string, routes: readonly [string, Route][], url: string): Html {
  return html`<h2 id="${title}">${title}</h2>
${routes.map(([name, route]) => renderRoute(name, route, url))}`;
}

function renderRoute(name: string, route: Route, url: string): Html {
  const { method, path, summary, access, answer } = route;
  const parameters = Object.entries(route.parameters.shape);
  return html`<h3 id="${name}"><code>${method} ${path}</code></h3>
<p>${summary} ${describeAccess(access)}</p>
${parameters.length === 0 ? '' : renderParameters(parameters)}
<p>Answers ${answer.status}${answer.kind === 'items' ? renderItems(Object.values(answer.items)) : ''}.
Errors: ${errorsOf(route).map((code) => html`<a href="#${code}">${statusOf(code)} ${code}</a> `)}</p>
<pre>${requestOf(name, route, url)}</pre>
${renderAnswer(name)}
`;
}

function renderParameters(parameters: readonly [string, Route['parameters']['shape'][string]][]): Html {
  return html`<table><tr><th>Parameter</th><th>Type</th><th></th></tr>
${parameters.map(([name, schema]) => {
  const { description = '', type, format, enum: words, default: byDefault } = toJsonSchema(schema);
  const shown = Array.isArray(words) ? words.join(', ') : `${format ?? type ?? 'string'}`;
  const presence = isRequired(schema) ? 'required' : byDefault === undefined ? '' : `default ${byDefault}`;
  return html`<tr><td><code>${name}</code></td><td>${shown}</td><td>${description} ${presence}</td></tr>
`;
})}</table>`;
}

function renderItems(kinds: readonly { name: string; count: string }[]): string {
  if (kinds.length === 0) return ', without items';
  const counts: Record<string, string> = { one: '', optional: ' (at most one)', any: ' (any number)' };
  return `, with the items ${kinds.map(({ name, count }) => `"${name}"${counts[count]}`).join(', ')}`;
}

/** A command line that sends the request. Long parameters are in files of their names. */
function requestOf(name: string, route: Route, url: string): string {
  const { method, path, access, body } = route;
  const names = namesOfExample(route);
  const textOf = (one: string) => exampleParameter(name, one) ?? `$${one.toUpperCase()}`;
  const inPath = path.replace(/\{(\w+)\}/g, (_match, one: string) => textOf(one));
  const fields = names
    .filter((one) => !path.includes(`{${one}}`))
    .map((one) => ` ${fieldOf(one, textOf(one), body === 'multipart')}`)
    .join('');
  const verb = method === 'GET' ? (fields === '' ? '' : ' -G') : ` -X ${method}`;
  return `curl${verb}${credentialsOf(access)}${fields} "${url}${inPath}"`;
}

function fieldOf(name: string, value: string, isMultipart: boolean): string {
  const flag = isMultipart ? '-F' : '--data-urlencode';
  if (isFromFile(name)) return isMultipart ? `${flag} "${name}=<${name}"` : `${flag} "${name}@${name}"`;
  return `${flag} ${quoted(`${name}=${value}`)}`;
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function renderAnswer(name: string): Html | string {
  const example = exampleAnswer(name);
  return example === undefined
    ? ''
    : html`<details><summary>Example of an answer</summary><pre>${JSON.stringify(example, undefined, 2)}</pre></details>`;
}

function credentialsOf(access: Route['access']): string {
  switch (access) {
    case 'anybody':
      return '';
    case 'loader key':
      return ' -H "X-LOADERKEY: $KEY"';
    case 'token':
      return ' -H "X-PGPAUTHORIZATION: $TOKEN"';
    case 'session':
      return ' -H "Authorization: Bearer $SESSION"';
    default:
      return ' -H "X-MIGAPIKEY: $KEY"';
  }
}
