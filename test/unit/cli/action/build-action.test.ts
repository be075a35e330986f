import { expect, test } from 'vitest';
import { buildAction } from '../../../../cli/action/build-action.ts';
import { MODULE_OPTIONS, parseGlobalOptions } from '../../../../cli/arguments.ts';
import { checkTarget } from '../../../../platform/postgres/target/target.ts';

const targetOf = (args: readonly string[]) => {
  const { options } = parseGlobalOptions(args, { allowed: MODULE_OPTIONS });
  return buildAction(
    { operations: [{ module: 'file', parameters: {} }], commandLine: ['file'] },
    options,
    new Map(),
  ).target;
};

const answering = (condition: string) =>
  '(select agents.queueloc from agents, commands, json_array_elements(commands.results) as r ' +
  `where agents.id = agentid and actionid=7 and ${condition})`;
const FOUND = `r#>>'{foundanything}' = 'true'`;

test.each([
  ['-target-found', `queueloc IN ${answering(FOUND)}`],
  [
    '-target-notfound',
    `queueloc IN ${answering(`r#>>'{foundanything}' = 'false'`)} AND ` +
      `queueloc NOT IN ${answering(`(${FOUND} or r#>>'{success}' = 'false')`)}`,
  ],
])(
  '%s asks endpoints, not the processes that answered, in words that targets may have',
  async (flag, answers) => {
    const target = targetOf([flag, '7', '-t', "os='linux' OR name LIKE 'web%'"]);
    expect(target).toBe(`${answers} AND (os='linux' OR name LIKE 'web%')`);
    await expect(checkTarget(target)).resolves.toEqual({ namesStatus: false });
  },
);

test('the default name of an action is a command line that can be pasted', () => {
  const { options } = parseGlobalOptions(['-t', "os='linux'"], { allowed: MODULE_OPTIONS });
  const commandLine = ['file', '-t', "os='linux'", '-path', '/a b', '-name', '^x$'];
  const { name } = buildAction(
    { operations: [{ module: 'file', parameters: {} }], commandLine },
    options,
    new Map(),
  );
  expect(name).toBe(`file -t "os='linux'" -path '/a b' -name '^x$'`);
});
