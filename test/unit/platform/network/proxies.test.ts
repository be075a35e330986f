import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isExcepted } from '../../../../platform/network/no-proxy.ts';
import {
  environmentProxy,
  type HttpProxy,
  parseProxy,
  proxyAuthorization,
  proxyUrl,
} from '../../../../platform/network/proxies.ts';

const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const host = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
const port = fc.integer({ min: 1, max: 65_535 });
const secret = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((text) => {
  // Lone surrogates cannot be escaped.
  return text.isWellFormed();
});

describe('a proxy', () => {
  test('with any user and password is read as curl and Go write it', () => {
    fc.assert(
      fc.property(host, port, secret, secret, (name, number, user, password) => {
        const proxy: HttpProxy = { address: `${name}:${number}`, user, password };
        expect(parseProxy(proxyUrl(proxy))).toEqual(proxy);
        expect(parseProxy(proxyUrl(proxy).slice('http://'.length))).toEqual(proxy);
        const [, encoded = ''] = proxyAuthorization(proxy)?.split(' ') ?? [];
        expect(Buffer.from(encoded, 'base64').toString()).toBe(`${user}:${password}`);
      }),
    );
  });

  test.each([
    ['proxy:3128', { address: 'proxy:3128' }],
    ['http://proxy', { address: 'proxy:80' }],
    ['http://[2001:db8::1]:8080/', { address: '[2001:db8::1]:8080' }],
    ['http://u@proxy:1', { address: 'proxy:1', user: 'u', password: '' }],
    ['http://u:p:q@proxy:1', { address: 'proxy:1', user: 'u', password: 'p:q' }],
    ['http://u:p@ss@proxy:1', { address: 'proxy:1', user: 'u', password: 'p@ss' }],
  ])('%s', (text, proxy) => {
    expect(parseProxy(text, { defaultPort: '80' })).toEqual(proxy);
  });

  test.each([
    'socks5://proxy:1080',
    'https://proxy:443',
    'proxy:0',
    'proxy:65536',
    'http://u:hunter2@proxy:x',
    'http://u:hunter2%@proxy:1',
    'http://u:hunter2@',
    'proxy:1/path',
    '',
  ])('%j is refused without revealing a password', (text) => {
    const read = () => parseProxy(text);
    expect(read).toThrow(expect.objectContaining({ code: 'config_invalid' }));
    expect(read).not.toThrow('hunter2');
  });
});

describe('NO_PROXY', () => {
  test.each([
    ['relay.example.net', '*', true],
    ['relay.example.net', 'example.net', true],
    ['relay.example.net', '.example.net', true],
    ['relay.example.net', '*.example.net', true],
    ['example.net', 'example.net', true],
    ['example.net', '.example.net', false],
    ['notexample.net', 'example.net', false],
    ['RELAY.Example.Net.', 'relay.example.net', true],
    ['relay.example.net', 'other, relay.example.net:5671', true],
    ['relay.example.net', 'relay.example.net:443', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.0/24', true],
    ['192.0.2.7', '192.0.3.0/24', false],
    ['192.0.2.7', '192.0.2.0/33', false],
    ['2001:db8::7', '2001:db8::/32', true],
    ['[2001:db8::7]', '[2001:db8::7]:5671', true],
    ['2001:db8::7', '192.0.2.0/24', false],
    ['localhost', '', true],
    ['127.0.0.1', '', true],
    ['::1', '', true],
    ['relay.example.net', '', false],
    ['relay.example.net', ' , ,', false],
  ])('%s with %j: %s', (name, exceptions, isDirect) => {
    expect(isExcepted({ host: name, port: 5671 }, exceptions)).toBe(isDirect);
  });

  test('excepts exactly a domain and its subdomains', () => {
    fc.assert(
      fc.property(host, host, (name, domain) => {
        const labels = name.split('.');
        const below = labels.some((_, from) => labels.slice(from).join('.') === domain);
        expect(isExcepted({ host: name, port: 1 }, domain)).toBe(below || name === 'localhost');
      }),
    );
  });

  test('excepts exactly the addresses of a range', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffffffff),
        fc.nat(0xffffffff),
        fc.integer({ min: 0, max: 32 }),
        (one, other, bits) => {
          const dotted = (value: number) => [24, 16, 8, 0].map((by) => (value >>> by) & 255).join('.');
          const prefix = (value: number) => (bits === 0 ? 0 : value >>> (32 - bits));
          fc.pre(one >>> 24 !== 127);
          expect(isExcepted({ host: dotted(one), port: 1 }, `${dotted(other)}/${bits}`)).toBe(
            prefix(one) === prefix(other),
          );
        },
      ),
    );
  });
});

describe('the environment', () => {
  const relay = { host: 'relay.example.net', port: 5671 };
  test('names a proxy in lower or upper case, and the lower case wins unless empty', () => {
    const proxyOf = (env: Record<string, string>) => environmentProxy(env, relay)?.address;
    expect(proxyOf({ HTTPS_PROXY: 'http://a:1' })).toBe('a:1');
    expect(proxyOf({ HTTPS_PROXY: 'http://a:1', https_proxy: 'b:2' })).toBe('b:2');
    expect(proxyOf({ HTTPS_PROXY: 'a', https_proxy: '' })).toBe('a:80');
    expect(proxyOf({})).toBeUndefined();
    expect(proxyOf({ https_proxy: 'a:1', NO_PROXY: 'example.net' })).toBeUndefined();
    expect(proxyOf({ https_proxy: 'a:1', no_proxy: 'example.org' })).toBe('a:1');
  });

  test('with an invalid proxy is refused by name', () => {
    expect(() => environmentProxy({ https_proxy: 'socks5://u:hunter2@a:1' }, relay)).toThrow(
      'https_proxy: a proxy of socks5:// is not supported',
    );
  });
});
