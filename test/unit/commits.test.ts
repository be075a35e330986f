import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { subjectProblem } from '../../dev/docs/commits.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const Package = z.object({ commitSubjects: z.object({ after: z.string().regex(/^[0-9a-f]{40}$/) }) });
const { commitSubjects } = Package.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

test('the subject of every commit after the one that package.json names is an imperative', ({ skip }) => {
  if (git('cat-file', '-e', `${commitSubjects.after}^{commit}`) === undefined) {
    const why = `no git, or no commit ${commitSubjects.after}, as in a shallow clone: no subject is checked`;
    process.stderr.write(`${why}\n`);
    skip(why);
  }
  const log = git('log', '--no-merges', '--format=%h %s', `${commitSubjects.after}..HEAD`) ?? '';
  const problems = log
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const [hash = '', ...words] = line.split(' ');
      const problem = subjectProblem(words.join(' '));
      return problem === undefined ? [] : [`${hash} ${words.join(' ')}: ${problem}`];
    });
  expect(problems).toEqual([]);
});

test.each([
  ['feat(agent): stop a module at its deadline', undefined],
  ['docs: describe the upgrade', undefined],
  ['fix(modules-file): process links last', undefined],
  [`fix: ${'x'.repeat(80)}`, /72 characters/],
  ['fix(api): refuse it; log it', /semicolon/],
  ['fix(api): refuse it.', /full stop/],
  ['Refuse it', /type\(scope\)/],
  ['fix(api) refuse it', /type\(scope\)/],
  ['fix: Refuse it', /imperative/],
  ['fix: refused what nobody reads', /imperative/],
  ['fix: refuses what nobody reads', /imperative/],
  ['fix: refusing what nobody reads', /imperative/],
  ['fix: the API refuses it', /imperative/],
  ['refactor: what is read once', /imperative/],
])('%s', (subject, problem) => {
  if (problem === undefined) expect(subjectProblem(subject)).toBeUndefined();
  else expect(subjectProblem(subject)).toMatch(problem);
});

/** Returns the output of git, or undefined when git fails or is missing. */
function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}
