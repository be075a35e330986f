import { expect, test } from 'vitest';
import { exampleAnswer } from '../../../../api/reference/examples.ts';
import { describeApi } from '../../../../api/reference/openapi.ts';
import { renderReference } from '../../../../api/reference/reference-page.ts';
import { readAnswer } from '../../../../client/call.ts';
import { ROUTES_BY_CHAPTER } from '../../../../contract/api/all-routes.ts';
import { exampleParameter, isFromFile, namesOfExample } from '../../../../contract/api/example-parameters.ts';
import type { Route } from '../../../../contract/api/route.ts';

const MAX_BYTES = 16 * 1024;
const routes = Object.values(ROUTES_BY_CHAPTER).flatMap((chapter): [string, Route][] =>
  Object.entries(chapter),
);
/** The document of the API is no example in itself. */
const withAnswer = routes.filter(
  ([name, { answer }]) => (answer.kind === 'items' || answer.kind === 'json') && name !== 'getOpenApi',
);

test.each(withAnswer)('%s has an example of its answer, as its route describes it', (name, route) => {
  const text = JSON.stringify(exampleAnswer(name) ?? null);
  expect(() => readAnswer(route, text)).not.toThrow();
  expect(Buffer.byteLength(text)).toBeLessThan(MAX_BYTES);
});

test.each(withAnswer)('the example of %s has no secret, and nothing of the machine that made it', (name) => {
  const text = JSON.stringify(exampleAnswer(name) ?? null);
  expect(text).not.toMatch(/PRIVATE KEY|passphrase|\/tmp\/|\/home\/|\/root\/|\/work\/|127\.0\.0\.1:/);
  expect(text).not.toMatch(/whsec_|"(?:token|secret|apikey|loaderkey)":"(?!not-a-real-secret")[^"]+"/i);
  expect(text).not.toMatch(/[A-Za-z0-9+/]{200}/);
});

test.each(routes)('%s has an example of each parameter that it needs, which it accepts', (name, route) => {
  for (const parameter of namesOfExample(route)) {
    if (isFromFile(parameter)) continue;
    const read = route.parameters.shape[parameter]?.safeParse(exampleParameter(name, parameter));
    expect([parameter, read?.error?.message]).toEqual([parameter, undefined]);
  }
});

test('the document and the page show the examples', async () => {
  const api = JSON.parse(JSON.stringify(describeApi('https://mig.example.net/api/v1')));
  const page = await renderReference('https://mig.example.net/api/v1');
  for (const [name, { method, path, answer }] of withAnswer) {
    const { content } = api.paths[path][method.toLowerCase()].responses[answer.status];
    expect(content['application/json'].example).toEqual(exampleAnswer(name));
  }
  expect(page.match(/<summary>Example of an answer/g)).toHaveLength(withAnswer.length);
  expect(page).toContain(
    '--data-urlencode &#39;actionid=5&#39; &quot;https://mig.example.net/api/v1/action&quot;',
  );
  expect(page).toContain('--data-urlencode &quot;action@action&quot;');
});
