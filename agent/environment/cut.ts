import { type Environment, MAX_ADDRESSES, MAX_TEXT_LENGTH } from '../../contract/agent.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { MAX_NAME_LENGTH } from '../../contract/heartbeat.ts';
import { MAX_HEARTBEAT_BYTES } from '../../contract/limits.ts';

interface Facts {
  name: string;
  environment: Environment;
  tags: Record<string, string>;
}

/** The share of facts in a heartbeat; the rest is for its other fields, mainly notices. */
const MAX_FACTS_BYTES = MAX_HEARTBEAT_BYTES - 16 * 1024;
/** The share of addresses in the room that name and environment leave; tags get the rest. */
const ADDRESSES_PART = 0.75;

/**
 * Cuts the facts about an agent to the limits of the platform. The platform rejects a larger heartbeat, and would not list
 * the endpoint. `cuts` names the missing facts.
 */
export function cutFacts(facts: Facts): Facts & { cuts: string[] } {
  const cuts: string[] = [];
  const cut = (what: string, text: string, max: number) => {
    if (text.length <= max) return text;
    cuts.push(`${what}: ${text.length} characters, of which ${max} are sent`);
    return text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '');
  };
  const cutTexts = <Of extends object>(texts: Of, prefix = '') =>
    Object.fromEntries(
      Object.entries(texts).map(([key, value]) => [
        key,
        typeof value === 'string' ? cut(`${prefix}${key}`, value, MAX_TEXT_LENGTH) : value,
      ]),
    ) as Of;
  const environment: Environment = {
    ...cutTexts(facts.environment),
    aws: cutTexts(facts.environment.aws, 'aws '),
  };
  const name = cut('name', facts.name, MAX_NAME_LENGTH);
  const sizeOf = (value: unknown) => Buffer.byteLength(encodeJson(value));
  const { addresses: _, ...others } = environment;
  const room = Math.max(0, MAX_FACTS_BYTES - sizeOf({ name, others }));
  const addresses = firstThatFit(environment.addresses ?? [], {
    max: MAX_ADDRESSES,
    bytes: room * ADDRESSES_PART,
    sizeOf,
  });
  const allTags = Object.entries(facts.tags);
  const left = room - sizeOf(addresses);
  const tags = firstThatFit(allTags, { max: allTags.length, bytes: left, sizeOf });
  note('addresses', environment.addresses?.length ?? 0, addresses.length);
  note('tags', allTags.length, tags.length);
  return {
    name,
    environment: environment.addresses === undefined ? environment : { ...environment, addresses },
    tags: Object.fromEntries(tags),
    cuts,
  };

  function note(what: string, all: number, sent: number) {
    if (sent < all) cuts.push(`${what}: ${all}, of which ${sent} are sent`);
  }
}

/** Returns as many of the first items as fit, and skips items that are too large. */
function firstThatFit<Item>(
  items: readonly Item[],
  { max, bytes, sizeOf }: { max: number; bytes: number; sizeOf: (item: Item) => number },
): Item[] {
  let left = bytes;
  const fitting: Item[] = [];
  for (const item of items) {
    const size = sizeOf(item) + 1;
    if (fitting.length >= max || size > left) continue;
    left -= size;
    fitting.push(item);
  }
  return fitting;
}
