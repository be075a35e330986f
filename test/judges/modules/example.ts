import type { ModuleResult } from '../../../contract/module-result.ts';
import { linesOf } from '../programs.ts';
import type { ModuleQuestions } from '../question.ts';

interface Elements {
  hostname?: string;
  addresses?: string[];
  lookeduphost?: Record<string, string[]>;
}

const elementsOf = ({ elements }: ModuleResult) => (elements ?? {}) as Elements;

export const exampleQuestions: ModuleQuestions = {
  module: 'example',
  async open() {
    return [
      {
        what: 'the host name',
        parameters: { gethostname: true },
        judges: [
          {
            program: 'uname',
            theirs: () => linesOf(['uname', '-n']),
            ours: (result) => [elementsOf(result).hostname ?? 'none'],
          },
        ],
      },
      {
        what: 'the addresses',
        parameters: { getaddresses: true },
        judges: [
          {
            program: 'ip',
            theirs: () =>
              linesOf(['ip', '-o', 'addr'])
                .flatMap((line) => /inet6? (\S+\/\d+)/.exec(line)?.[1] ?? [])
                .filter((address) => !['127.0.0.1/8', '::1/128'].includes(address)),
            ours: (result) => elementsOf(result).addresses ?? [],
          },
        ],
      },
      {
        what: 'a name that resolves',
        parameters: { lookuphost: ['localhost'] },
        judges: [
          {
            program: 'getent',
            theirs: () => [
              ...new Set(
                linesOf(['getent', 'ahosts', 'localhost']).map((line) => line.split(/\s+/)[0] ?? ''),
              ),
            ],
            ours: (result) => elementsOf(result).lookeduphost?.localhost ?? [],
          },
        ],
      },
      {
        what: 'a name that does not resolve',
        parameters: { lookuphost: ['no-such-host.invalid'] },
        mig: { explained: [{ lines: /./, because: 'MIG crashes when a name does not resolve' }] },
      },
      { what: 'no name', parameters: { lookuphost: ['-x'] } },
      { what: 'nothing', parameters: {} },
    ];
  },
};
