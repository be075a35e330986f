/** One search, for our file module and for programs that answer the same question. */
export interface FileCase {
  what: string;
  search: Record<string, unknown>;
  /** Command lines by program, for a tree. */
  others: Record<string, (tree: string) => string[]>;
}

export const FILE_CASES: readonly FileCase[] = [
  {
    what: 'few names matched',
    search: { names: ['^file-4999[0-9]\\.txt$'] },
    others: { find: (tree) => ['find', tree, '-regex', '.*/file-4999[0-9]\\.txt'] },
  },
  {
    what: 'size',
    search: { sizes: ['>100m'] },
    others: { find: (tree) => ['find', tree, '-size', '+100M'] },
  },
  {
    what: 'content regex',
    search: { contents: ['needle-[0-9]{4}x$'] },
    others: { grep: (tree) => ['grep', '-rlaE', 'needle-[0-9]{4}x$', tree] },
  },
  {
    what: 'three content regexes',
    search: { contents: ['needle-[0-9]{4}x$', '^user[a-z]+:absent', 'password *= *hunter'] },
    others: {
      grep: (tree) => [
        'grep',
        '-rlaE',
        '-e',
        'needle-[0-9]{4}x$',
        '-e',
        '^user[a-z]+:absent',
        '-e',
        'password *= *hunter',
        tree,
      ],
    },
  },
  {
    what: 'sha256 of all',
    search: { sha2: ['0'.repeat(64)] },
    others: { sha256sum: (tree) => ['sh', '-c', `find ${tree} -type f -print0 | xargs -0 sha256sum`] },
  },
  {
    what: 'all 50,000 matched',
    search: { names: ['^file-'], options: { matchlimit: 100_000 } },
    others: { find: (tree) => ['find', tree, '-name', 'file-*', '-printf', '%p %s %m %t\\n'] },
  },
];
