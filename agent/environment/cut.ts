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
  const environment: Environment = {
    ...cutTexts(facts.environment, { prefix: '', cuts }),
    aws: cutTexts(facts.environment.aws, { prefix: 'aws ', cuts }),
  };
  const name = cutText(facts.name, { what: 'name', max: MAX_NAME_LENGTH, cuts });
  const { addresses: allAddresses, ...others } = environment;
  const roomBytes = Math.max(0, MAX_FACTS_BYTES - jsonBytes({ name, others }));
  const addresses = firstThatFit(allAddresses ?? [], {
    max: MAX_ADDRESSES,
    maxBytes: roomBytes * ADDRESSES_PART,
  });
  const allTags = Object.entries(facts.tags);
  const tags = firstThatFit(allTags, { max: allTags.length, maxBytes: roomBytes - jsonBytes(addresses) });
  cuts.push(...describeMissing('addresses', { all: allAddresses?.length ?? 0, sent: addresses.length }));
  cuts.push(...describeMissing('tags', { all: allTags.length, sent: tags.length }));
  return {
    name,
    environment: allAddresses === undefined ? environment : { ...environment, addresses },
    tags: Object.fromEntries(tags),
    cuts,
  };
}

function cutTexts<Texts extends object>(
  texts: Texts,
  { prefix, cuts }: { prefix: string; cuts: string[] },
): Texts {
  const entries = Object.entries(texts).map(([key, value]) => {
    const isText = typeof value === 'string';
    return [key, isText ? cutText(value, { what: `${prefix}${key}`, max: MAX_TEXT_LENGTH, cuts }) : value];
  });
  return Object.fromEntries(entries) as Texts;
}

/** Cuts a text, but not between the halves of a surrogate pair. */
function cutText(text: string, { what, max, cuts }: { what: string; max: number; cuts: string[] }): string {
  if (text.length <= max) return text;
  cuts.push(`${what}: ${text.length} characters, of which ${max} are sent`);
  return text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '');
}

function describeMissing(what: string, { all, sent }: { all: number; sent: number }): string[] {
  return sent < all ? [`${what}: ${all}, of which ${sent} are sent`] : [];
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(encodeJson(value));
}

/** Returns as many of the first items as fit, and skips items that are too large. */
function firstThatFit<Item>(
  items: readonly Item[],
  { max, maxBytes }: { max: number; maxBytes: number },
): Item[] {
  let freeBytes = maxBytes;
  const fitting: Item[] = [];
  for (const item of items) {
    const bytes = jsonBytes(item) + 1;
    if (fitting.length >= max || bytes > freeBytes) continue;
    freeBytes -= bytes;
    fitting.push(item);
  }
  return fitting;
}
