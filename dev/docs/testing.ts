import { MUTATIONS } from '../../test/mutations/mutations.ts';

/** The folders of `test/` that have tests or programs of their own. */
export const TEST_FOLDERS: { folder: string; shows: string }[] = [
  {
    folder: 'test/unit',
    shows: 'rules, formats and keys; who may import whom; docs, specification and commit subjects',
  },
  { folder: 'test/integration', shows: 'API, workflows, collector and recovery on the real services' },
  { folder: 'test/e2e', shows: 'the built agent and `mig` as processes; a worker killed at five points' },
  { folder: 'test/security', shows: 'attacks that must fail, one by one' },
  { folder: 'test/attacks', shows: 'the attacks that `npm run attacks` tries on the whole platform' },
  {
    folder: 'test/faults',
    shows: 'the faults of `npm run chaos`, and the observer that watches the database',
  },
  { folder: 'test/fuzz', shows: 'generated inputs for every parser of outside bytes, and a flood of them' },
  {
    folder: 'test/judges',
    shows: "programs of others, MIG's own agent included, that `npm run judges` asks what our modules answer",
  },
  {
    folder: 'test/interop',
    shows: "MIG's own programs in Go, which `npm run interop` builds and lets work with our platform",
  },
  {
    folder: 'test/replay',
    shows: "stored histories, replayed on today's workflows (`dev/record-histories.ts` records them)",
  },
  {
    folder: 'test/hostile',
    shows: 'a module that does everything a module must not, compiled into an executable of its own',
  },
  { folder: 'test/mutations', shows: 'changes of our own code, each of which must make a test fail' },
  { folder: 'test/setup', shows: 'what the tests share: services, agents, keys' },
  { folder: 'test/fixtures', shows: 'inputs and expected outputs' },
];

export function renderTestFolders(): string {
  return TEST_FOLDERS.map(({ folder, shows }) => `- \`${folder}\`: ${shows}`).join('\n');
}

export function renderMutations(): string {
  return MUTATIONS.map(
    ({ name, file, caughtBy }) =>
      `- **${name}** in \`${file}\`\n  is caught by \`${caughtBy.file}\`: "${caughtBy.test}"`,
  ).join('\n');
}
