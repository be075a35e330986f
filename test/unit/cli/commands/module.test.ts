import { expect, test } from 'vitest';
import { moduleCommand } from '../../../../cli/commands/module.ts';

// MIG ignores the flags after such a word, and asks the broader question.
test.each([
  [['-path', '/etc', 'junk', '-name', '^hostname$']],
  [['-path', '/etc', '-name', 'a', 'b']],
  [['-path', '/etc', '--', '-name', 'a']],
  [['-t', "name='x'", '-path', '/etc', '-e', '5m', 'minutes', '-name', 'a']],
])('a stray word among the flags %j is an error that names it', async (args) => {
  await expect(moduleCommand('file', args)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/^unexpected word "(junk|b|-name|minutes)"/),
  });
});

test('a module that has no flags names the way to ask it', async () => {
  await expect(moduleCommand('agentdestroy', [])).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(
      /^the module agentdestroy has no flags: .* mig -i <file>\n\nagentdestroy: /,
    ),
  });
  await expect(moduleCommand('file', [])).rejects.toThrow(/^mig file needs flags\n\nfile: /);
});
