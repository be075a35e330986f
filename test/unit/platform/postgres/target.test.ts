import { describe, expect, test } from 'vitest';
import { checkTarget } from '../../../../platform/postgres/target.ts';

/** Verbatim from the concepts document, and from MIG's own documentation. */
const GOOD = [
  `agents.queueloc like 'linux.%'`,
  `name like '%'`,
  `os='linux'`,
  `os='darwin'`,
  `version='201409171023+c4d6f50.prod'\n  and heartbeattime > NOW() - interval '1 minute'`,
  `id IN (select agentid from commands, json_array_elements(commands.results) as r where actionid=1 and r#>>'{foundanything}' = 'true')`,
  `environment->>'os'='linux' AND tags->>'operator'='IT'`,
  `mode='checkin'`,
  'true',
  `environment->>'publicip' = '203.0.113.5'`,
  `(environment->>'publicip')::inet << '10.0.0.0/8'::inet`,
  `name ~* '^web[0-9]+' AND NOT (status = 'idle' OR pid BETWEEN 1 AND 5)`,
  `lower(name) IN ('a', 'b') AND coalesce(tags->>'x', '') <> ''`,
  `EXISTS (SELECT 1 FROM signatures s JOIN investigators i ON i.id = s.investigatorid WHERE i.name = 'Bob')`,
];

describe('a target is accepted when it is', () => {
  for (const target of GOOD) test(target.slice(0, 60), async () => void (await checkTarget(target)));
});

test('a target that names status is told apart', async () => {
  expect((await checkTarget(`status='offline'`)).namesStatus).toBe(true);
  expect((await checkTarget(`agents.status = 'online' AND true`)).namesStatus).toBe(true);
  expect((await checkTarget(`name = 'status'`)).namesStatus).toBe(false);
});

describe('a target is refused when it has', () => {
  for (const [what, target, code] of [
    ['a parameter', 'name = $1', 'target_forbidden'],
    ['an operator of another schema', `1 OPERATOR(evil.=) 1`, 'target_forbidden'],
    ['a table of another schema', 'id IN (SELECT 1 FROM evil.agents)', 'target_forbidden'],
    ['VALUES', 'id IN (VALUES (1))', 'target_forbidden'],
    ['SELECT INTO', 'id IN (SELECT 1 INTO x)', 'target_forbidden'],
    ['a window', 'id IN (SELECT row_number() OVER () FROM agents)', 'target_forbidden'],
    ['generate_series', 'id IN (SELECT generate_series(1, 1000000000))', 'target_forbidden'],
    ['lo_import', `lo_import('/etc/passwd') > 0`, 'target_forbidden'],
    ['current_setting', `current_setting('x') = 'y'`, 'target_forbidden'],
    ['query_to_xml', `query_to_xml('select 1', true, true, '') IS NULL`, 'target_forbidden'],
    ['nextval', `nextval('ids') > 0`, 'target_forbidden'],
    ['nothing', '', 'target_syntax'],
    ['only a comment', '-- x', 'target_syntax'],
  ] as const) {
    test(what, async () => {
      await expect(checkTarget(target)).rejects.toMatchObject({ code });
    });
  }
});
