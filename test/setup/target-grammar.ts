import fc from 'fast-check';
import { TARGET_LIMITS } from '../../platform/postgres/target/allow-list.ts';

/** Generates conditions over `agents`, realistic and contrived. All are allowed and have a boolean value. */
export function conditions(depth: number): fc.Arbitrary<string> {
  return nested(depth).filter((text) => maxTables(text) <= TARGET_LIMITS.fromItems);
}

function nested(depth: number): fc.Arbitrary<string> {
  return depth <= 0 ? LEAF : fc.oneof({ weight: 2, arbitrary: LEAF }, aroundCondition(nested(depth - 1)));
}

/** An upper bound: `substring` and `extract` contain the word FROM, too. */
function maxTables(text: string): number {
  return text.match(/\bfrom\b|\bjoin\b|, json_array_elements/gi)?.length ?? 0;
}

/** Generates allowed conditions with the text, which has a value of any type, at this depth. */
export function hiding(text: string, depth: number): fc.Arbitrary<string> {
  const bottom = fc.constantFrom(
    `(${text}) IS NULL`,
    `name IN ('x', (${text})::text)`,
    `CASE WHEN (${text}) IS NULL THEN true END`,
    `coalesce((${text})::text, 'x') = 'y'`,
    `pid BETWEEN 1 AND (${text})::int4`,
    `NOT ((${text})::text <> 'x')`,
    `lower((${text})::text) LIKE 'x'`,
  );
  return Array.from({ length: depth }).reduce<fc.Arbitrary<string>>(
    (inner) => aroundCondition(inner),
    bottom,
  );
}

const LEAF = fc.constantFrom(
  `name LIKE 'web%'`,
  `agents.queueloc like 'linux.%'`,
  `os='linux'`,
  `tags->>'operator' = 'IT'`,
  `agents.environment #>> '{init}' IS NOT NULL`,
  `heartbeattime > NOW() - interval '1 minute'`,
  `name ~* '^web[0-9]{1,3}$'`,
  `version SIMILAR TO '2[0-9]%'`,
  `name NOT LIKE 'x!%' ESCAPE '!'`,
  `pid BETWEEN 1 AND 100`,
  `id % 10 = 3`,
  `coalesce(tags->>'x', 'y') <> ''`,
  `name = ANY(ARRAY['a', 'b'])`,
  `nullif(name, 'x') IS DISTINCT FROM 'y'`,
  `(environment->>'publicip')::inet << '10.0.0.0/8'::inet`,
  `date_trunc('day', starttime) < current_date`,
  `extract(hour from heartbeattime) < 12`,
  `substring(name from 1 for 3) = upper('abc')`,
  `(environment::jsonb)['os'] = '"linux"'`,
  `environment::jsonb @> '{"os":"linux"}'`,
  `(string_to_array(name, '-'))[1] IN ('web', 'db')`,
  `id IN (select agentid from commands, json_array_elements(commands.results) as r where actionid=1 and r#>>'{foundanything}' = 'true')`,
);

/** Embeds conditions in others, in every way. */
function aroundCondition(inner: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(inner, LEAF, fc.constantFrom(...EMBEDDINGS))
    .map(([text, leaf, embed]) => embed(text, leaf));
}

const EMBEDDINGS: ((text: string, leaf: string) => string)[] = [
  (text, leaf) => `(${text}) AND ${leaf}`,
  (text, leaf) => `${leaf} OR (${text})`,
  (text) => `NOT (${text})`,
  (text) => `(${text}) IS NOT TRUE`,
  (text, leaf) => `CASE WHEN ${text} THEN ${leaf} ELSE false END`,
  (text) => `coalesce((${text}), false)`,
  (text) => `greatest((${text}), false)`,
  (text) => `(${text})::text = 'true'`,
  (text) => `EXISTS (SELECT * FROM commands WHERE ${text})`,
  (text) =>
    `id IN (SELECT s.actionid FROM signatures s JOIN investigators i ON i.id = s.investigatorid AND (${text}))`,
  (text) => `id IN (SELECT id FROM agents UNION SELECT agentid FROM commands WHERE ${text} ORDER BY 1)`,
  (text) => `id = ANY (SELECT id FROM agents WHERE ${text} EXCEPT SELECT agentid FROM commands)`,
  (text) => `(SELECT (${text}) FROM loaders ORDER BY 1 LIMIT 1) IS NULL`,
  (text) => `EXISTS (SELECT 1 FROM json_each(agents.tags) e WHERE e.key = 'x' AND (${text}))`,
];
