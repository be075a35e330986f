import { DamagedPlist, PlistRoom, type PlistValue } from './plist-value.ts';

/** Parses the XML format, in UTF-8. Throws DamagedPlist. */
export function parseXmlPlist(xml: string): PlistValue {
  const reader = new Reader(tokensOf(xml.replace(/^\ufeff/, '')));
  reader.expect('open', 'plist');
  const value = reader.value(reader.next(), 1);
  reader.expect('close', 'plist');
  return value;
}

interface Token {
  type: 'open' | 'close' | 'empty' | 'text';
  /** The name of a tag. */
  name: string;
  text: string;
}

/** Each alternative takes linear time, and its failure ends the reading. */
const TOKEN =
  /<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^<>[]*>|<!\[CDATA\[(?<data>.*?)\]\]>|<(?<end>\/?)(?<name>[a-z]{1,16})(?<rest>\s[^<>]*|\/)?>|(?<text>[^<]+)/sy;

function* tokensOf(xml: string): Generator<Token> {
  const pattern = new RegExp(TOKEN);
  while (pattern.lastIndex < xml.length) {
    const at = pattern.lastIndex;
    const { data, end, name, rest, text } = pattern.exec(xml)?.groups ?? damaged(`no XML at character ${at}`);
    if (name !== undefined) yield { type: typeOf(end === '/', rest?.endsWith('/') ?? false), name, text: '' };
    else if (data !== undefined) yield { type: 'text', name: '', text: data };
    else if (text !== undefined) yield { type: 'text', name: '', text: decodeEntities(text) };
  }
}

function typeOf(isEnd: boolean, isEmpty: boolean): Token['type'] {
  if (isEnd) return 'close';
  return isEmpty ? 'empty' : 'open';
}

class Reader {
  readonly #tokens: Generator<Token>;
  readonly #room = new PlistRoom();

  constructor(tokens: Generator<Token>) {
    this.#tokens = tokens;
  }

  /** The next tag; only blanks may be in front of it. */
  next(): Token {
    while (true) {
      const token = this.#read();
      if (token.type !== 'text') return token;
      if (token.text.trim() !== '')
        damaged(`a text where a tag belongs: ${JSON.stringify(token.text.slice(0, 32))}`);
    }
  }

  expect(type: Token['type'], name: string): void {
    const token = this.next();
    if (token.type !== type || token.name !== name) damaged(`<${token.name}> where <${name}> belongs`);
  }

  /** The value that begins with this tag. */
  value({ type, name }: Token, depth: number): PlistValue {
    this.#room.takeValue(depth);
    if (type === 'close') damaged(`</${name}> where a value belongs`);
    const isEmpty = type === 'empty';
    switch (name) {
      case 'dict':
        return isEmpty ? new Map() : this.#dictionary(depth);
      case 'array':
        return isEmpty ? [] : this.#array(depth);
      case 'true':
      case 'false':
        if (!isEmpty) this.expect('close', name);
        return name === 'true';
      case 'string':
        return isEmpty ? '' : this.#text(name);
      case 'integer':
      case 'real':
        return Number(isEmpty ? Number.NaN : this.#text(name));
      case 'date':
      case 'data':
        if (!isEmpty) this.#text(name);
        return '';
      default:
        return damaged(`<${name}> is no value`);
    }
  }

  #dictionary(depth: number): Map<string, PlistValue> {
    const found = new Map<string, PlistValue>();
    while (true) {
      const { type, name } = this.next();
      if (type === 'close' && name === 'dict') return found;
      if (type === 'close' || name !== 'key') damaged(`<${name}> where <key> belongs`);
      const key = type === 'empty' ? '' : this.#text('key');
      found.set(key, this.value(this.next(), depth + 1));
    }
  }

  #array(depth: number): PlistValue[] {
    const found: PlistValue[] = [];
    while (true) {
      const token = this.next();
      if (token.type === 'close' && token.name === 'array') return found;
      found.push(this.value(token, depth + 1));
    }
  }

  /** The text up to the end of a tag. */
  #text(name: string): string {
    const parts: string[] = [];
    while (true) {
      const token = this.#read();
      if (token.type === 'close' && token.name === name) return parts.join('');
      if (token.type !== 'text') damaged(`<${token.name}> within <${name}>`);
      this.#room.takeText(token.text.length);
      parts.push(token.text);
    }
  }

  #read(): Token {
    const { done, value } = this.#tokens.next();
    return done ? damaged('it ends too early') : value;
  }
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Entities of its own are what a list of another kind would have: there are none to declare. */
function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,4}));/gi,
    (entity, hex, digits, name = '') => {
      if (hex === undefined && digits === undefined) return NAMED[name] ?? damaged(`no entity ${entity}`);
      const code = hex === undefined ? Number(digits) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : damaged(`no character ${entity}`);
    },
  );
}

function damaged(why: string): never {
  throw new DamagedPlist(why);
}
