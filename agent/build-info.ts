/** Set by scripts/build-agent.ts when the executable is compiled; absent when the sources run. */
declare const MIG_BUILD: { version: string; areFilesTrusted: boolean } | undefined;

/** What this executable is, and whether keys and ACL in files count (the development stack's builds say so). */
export const BUILD =
  typeof MIG_BUILD === 'undefined' ? { version: '0.unversioned', areFilesTrusted: true } : MIG_BUILD;
