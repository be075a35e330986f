import { type Attack, brief, stoppedIf } from './attack.ts';

const SEARCH = 'parameters are checked, patterns and values are limited';

function bad(name: string, query: string, expected: readonly number[] = [400]): Attack {
  return {
    name: `search: ${name}`,
    holder: "one investigator's key",
    wall: SEARCH,
    async run(rig) {
      const startMs = performance.now();
      const { status, body } = await rig.bob.get(`/search?${query}`);
      const ms = Math.round(performance.now() - startMs);
      return stoppedIf(
        expected.includes(status) && ms < 10_000,
        brief(`${status} ${body?.collection?.error?.message ?? ''}`),
      );
    },
  };
}

export const SEARCH_ATTACKS: readonly Attack[] = [
  bad('a NUL in a name', 'type=agent&agentname=%00'),
  bad('a NUL in the family', 'type=action&threatfamily=%00'),
  bad('a NUL in the target', `type=agent&target=name%3D'%00'`),
  bad('bytes that are no UTF-8', 'type=agent&agentname=%ff'),
  bad('SQL in an id', `type=action&actionid=1%20OR%201=1`),
  bad('SQL in a limit', `type=action&limit=1;DROP%20TABLE%20actions`),
  bad('a negative limit', 'type=action&limit=-1'),
  bad('an endless offset', 'type=action&offset=1e400'),
  bad('a type of its own', 'type=__proto__'),
  bad('a time of its own', 'type=action&after=yesterday'),
  bad('SQL in a name', `type=agent&agentname=%27%20OR%20%271%27=%271`, [404]),
  bad('a pattern of a thousand wildcards', `type=agent&agentname=${'%25_'.repeat(500)}x`, [400, 404]),
  bad('a pattern of 5,000 characters', `type=agent&agentname=${'a'.repeat(5_000)}`),
  bad(
    '10,000 parameters',
    `type=agent&${Array.from({ length: 10_000 }, (_, i) => `a${i}=`).join('&')}`,
    [200, 400, 404, 414, 431],
  ),
  bad('a target of 3,000 characters', `type=agent&target=${'true%20AND%20'.repeat(300)}true`),
  bad(
    '1,000 values in a target',
    `type=agent&target=${encodeURIComponent(`pid IN (${Array.from({ length: 1000 }, (_, i) => i).join()})`)}`,
    [400, 403],
  ),
  bad(
    'levels of parentheses',
    `type=agent&target=${encodeURIComponent(`${'('.repeat(900)}true${')'.repeat(900)}`)}`,
    [400, 403, 200],
  ),
  bad(
    'levels of NOT',
    `type=agent&target=${encodeURIComponent(`${'NOT '.repeat(480)}true`)}`,
    [400, 403, 200],
  ),
];
