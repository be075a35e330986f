import { MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';

/** Collection+JSON as MIG's clients read it (spec: envelope): `template` and `error` are always there. */
export interface Item {
  href: string;
  data: { name: string; value: unknown }[];
  links?: { rel: string; href: string }[] | undefined;
}

export function collection(
  href: string,
  content: { items?: Item[]; error?: { code: string; message: string } },
): string {
  return encodeJson({
    collection: {
      version: '1.0',
      href,
      items: content.items?.length ? content.items : undefined,
      template: {},
      error: content.error ?? {},
    },
  });
}

export function item(href: string, name: string, value: unknown, links?: Item['links']): Item {
  return { href, data: [{ name, value }], links };
}

/** What stands before and behind the items of a collection that is written piece by piece. */
export function collectionParts(href: string): { head: string; tail: string } {
  const mark = item(href, '', null);
  const [head, tail] = collection(href, { items: [mark] }).split(encodeJson(mark));
  if (head === undefined || tail === undefined) {
    throw new MigError('internal', 'the envelope does not hold its item');
  }
  return { head, tail };
}

export function itemJson(value: Item): string {
  return encodeJson(value);
}
