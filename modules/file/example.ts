import { EMPTY_RESULT } from '../../contract/module-result.ts';

/** The worked example of the documentation. */
export const EXAMPLE = {
  question: 'Which machines allow root to log in by SSH?',
  args: ['-path', '/etc/ssh', '-name', '^sshd_config$', '-content', '^PermitRootLogin yes'],
  result: {
    ...EMPTY_RESULT,
    foundanything: true,
    success: true,
    elements: {
      s1: [
        {
          file: '/etc/ssh/sshd_config',
          search: {
            paths: ['/etc/ssh'],
            names: ['^sshd_config$'],
            contents: ['^PermitRootLogin yes'],
            options: { maxdepth: 1000, maxerrors: 30, matchall: true, matchlimit: 1000 },
          },
          fileinfo: { size: 3287, mode: '-rw-r--r--', lastmodified: '2026-11-02 09:14:03 +0000 UTC' },
        },
      ],
    },
    statistics: { filescount: 4, openfailed: 0, totalhits: 1, exectime: '2.181ms' },
  },
};
