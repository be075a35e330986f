import { type Mutation, unit } from './mutation.ts';

/** Changes of the loader. */
export const LOADER_MUTATIONS: readonly Mutation[] = [
  {
    name: 'one signature suffices the loader',
    file: 'agent/loader/verify-offer.ts',
    find: '[required - 1];',
    replace: '[required - required];',
    caughtBy: unit('agent/loader/verify-offer.test.ts', 'is refused when too few have signed'),
  },
  {
    name: 'one signer of a manifest counted twice by the loader',
    file: 'agent/loader/verify-offer.ts',
    find: 'times.set(fingerprint, ',
    replace: 'times.set(signature, ',
    caughtBy: unit('agent/loader/verify-offer.test.ts', 'is refused when one has signed twice'),
  },
  {
    name: 'an older manifest installed',
    file: 'agent/loader/decide-offer.ts',
    find: 'signedMs >= installed.signedMs) return;',
    replace: 'signedMs >= 0) return;',
    caughtBy: unit('agent/loader/verify-offer.test.ts', 'an older manifest is refused'),
  },
  {
    name: 'a manifest tried again with which the agent did not start',
    file: 'agent/loader/decide-offer.ts',
    find: 'if (failed?.digest === digest) {',
    replace: 'if (false as boolean) {',
    caughtBy: unit('agent/loader/verify-offer.test.ts', 'with which the agent did not start is refused'),
  },
  {
    name: 'a bomb unpacked by the loader',
    file: 'agent/loader/unpack-content.ts',
    find: 'if (written > maxBytes)',
    replace: 'if (written > maxBytes * 1_000)',
    caughtBy: unit('agent/loader/unpack-content.test.ts', 'is refused before a bomb fills the memory'),
  },
  {
    name: 'links followed by the loader',
    file: 'agent/loader/installed-file.ts',
    find: 'const isBeside = basename(target) === target && ',
    replace: 'const isBeside = true || ',
    caughtBy: unit('agent/loader/replace-files.test.ts', 'that is a link to a version beside it'),
  },
  {
    name: 'a staged file installed that was changed meanwhile',
    file: 'agent/loader/replace-files.ts',
    find: 'if (hashInstalled(staged) === replacement.after) return;',
    replace: 'if (hashInstalled(staged) !== undefined) return;',
    caughtBy: unit('agent/loader/replace-files.test.ts', 'that was changed or removed meanwhile'),
  },
  {
    name: 'staging in a folder that others can write',
    file: 'agent/loader/staging.ts',
    find: '(stats.mode & WRITABLE_BY_OTHERS) === 0',
    replace: '(stats.mode & WRITABLE_BY_OTHERS) >= 0',
    caughtBy: unit('agent/loader/replace-files.test.ts', 'refuses a folder that others can write'),
  },
  {
    name: "the loader's key read from a file that others can read",
    file: 'agent/loader/loader-key.ts',
    find: 'if ((mode & ACCESSIBLE_BY_OTHERS) === 0) return;',
    replace: 'if ((mode & ACCESSIBLE_BY_OTHERS) >= 0) return;',
    caughtBy: unit('agent/loader/loader-config.test.ts', 'is refused with mode'),
  },
  {
    name: 'keys in files replace those compiled into the loader',
    file: 'agent/loader/loader-config.ts',
    find: 'loader === undefined || build.areFilesTrusted;',
    replace: 'loader === undefined || build.version !== undefined;',
    caughtBy: unit('agent/loader/loader-config.test.ts', 'takes neither keys nor the number'),
  },
  {
    name: "the loader's key sent without TLS",
    file: 'contract/rules/api-address.ts',
    find: 'const isPlainAllowed = allowsPlainHttp || ',
    replace: 'const isPlainAllowed = true || ',
    caughtBy: unit('agent/loader/loader-config.test.ts', 'refuses'),
  },
];
