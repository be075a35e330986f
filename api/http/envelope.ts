import type { Envelope, EnvelopeItem, Sent } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';

export interface Item extends EnvelopeItem {
  links?: { rel: string; href: string }[] | undefined;
}

/** Collection+JSON as MIG's clients read it (spec/api.md#envelope): `template` and `error` are always present. */
export function collection(
  href: string,
  content: { items?: Item[]; error?: { code: string; message: string } },
): string {
  const envelope = {
    collection: {
      version: '1.0',
      href,
      items: content.items?.length ? content.items : undefined,
      template: {},
      error: content.error ?? {},
    },
  } satisfies Sent<typeof Envelope>;
  return encodeJson(envelope);
}

export function item(href: string, name: string, value: unknown): Item {
  return { href, data: [{ name, value }] };
}

/** The text before and after the items, for a collection that is written piece by piece. */
export function collectionParts(href: string): { head: string; tail: string } {
  const placeholder = item(href, '', null);
  const [head, tail] = collection(href, { items: [placeholder] }).split(encodeJson(placeholder));
  if (head === undefined || tail === undefined) {
    throw new MigError('internal', 'the envelope does not contain its item');
  }
  return { head, tail };
}

export function itemJson(value: Item): string {
  return encodeJson(value);
}
