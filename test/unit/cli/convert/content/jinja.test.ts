import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderJinja, UNKNOWN } from '../../../../../cli/convert/content/jinja.ts';

const VARIABLES = new Map<string, string | readonly string[]>([
  ['product', 'debian12'],
  ['families', ['debian']],
]);
const render = (text: string) => renderJinja(text, VARIABLES);

test.each([
  ['"debian" in product', true],
  ['"ubuntu" in product', false],
  ['"ubuntu" not in product and product != "rhel9"', true],
  ['product in ["rhel8", "debian12"]', true],
  ['product in [ "rhel8" ] or "debian" in families', true],
  ['not (product == "debian12")', false],
  ['"ubuntu" in product and unknown', false],
  ['"debian" in product or unknown', true],
])('the condition %s is %j', (condition, holds) => {
  expect(render(`{{% if ${condition} %}}yes{{% else %}}no{{% endif %}}`)).toEqual({
    text: holds ? 'yes' : 'no',
  });
});

test('branches are taken once, and inner ones only within a taken one', () => {
  const text =
    '{{% if product == "x" %}}a{{% if unknown %}}b{{% endif %}}{{% elif "debian" in product %}}c{{% elif "12" in product %}}d{{% else %}}e{{% endif %}}';
  expect(render(text)).toEqual({ text: 'c' });
});

test('variables that are set have their value, and other expressions are unknown', () => {
  expect(render('{{% set a = "x" %}}{{{ a }}} {{{ b }}} {{{ f("}") }}} {{{ a | upper }}}')).toEqual({
    text: `x ${UNKNOWN} ${UNKNOWN} ${UNKNOWN}`,
  });
  expect(render('{{% set a = "x" %}}{{% set a = f() %}}{{{ a }}}')).toEqual({ text: UNKNOWN });
});

test.each([
  '{{% if unknown %}}a{{% endif %}}',
  '{{% for a in b %}}{{% endfor %}}',
  '{{% if product %}}a',
  '{{% endif %}}',
  '{{% import "x" %}}',
])('%s is not plain', (text) => {
  expect(render(text)).toHaveProperty('problem');
});

test('any text is rendered or refused, also one nested deep', () => {
  expect(render(`{{% if ${'('.repeat(100_000)} %}}a{{% endif %}}`)).toHaveProperty('problem');
  expect(render(`{{% if ${'not '.repeat(490)}product %}}a{{% endif %}}`)).toEqual({ text: 'a' });
  const piece = fc.constantFrom(
    '{{%',
    '%}}',
    '{{{',
    '}}}',
    'if ',
    'else',
    'endif',
    'set a=',
    '"',
    'product',
    ' in ',
    '[',
    ']',
    '(',
    ')',
    '\n',
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join('')),
      (text) => {
        expect(Object.keys(render(text))).toHaveLength(1);
      },
    ),
  );
});
