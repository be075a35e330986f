import type { Entry } from './entry.ts';

/** A package for the package manager of a system. */
export interface SystemPackage {
  name: string;
  version: string;
  /** Go's name of the processor. */
  arch: 'amd64' | 'arm64';
  summary: string;
  /** Sentences about what it is, a line each. */
  description: readonly string[];
  /** An SPDX expression. */
  licence: string;
  /** Seconds since 1970, of everything in it. */
  timeS: number;
  entries: readonly Entry[];
  /** What the manager runs as root. */
  scripts: Readonly<Partial<Record<ScriptName, string>>>;
}

/** After it was installed or upgraded, before it is removed, after it was removed. */
export type ScriptName = 'postinst' | 'prerm' | 'postrm';

export const MAINTAINER = 'MIG <mig@localhost>';

/** A version begins with a digit. Characters that a manager reads in a way of its own are not allowed. */
export function packageVersion(version: string): string {
  if (!/^[A-Za-z0-9.+~]+$/.test(version)) throw new Error(`no version of a package: ${version}`);
  return /^\d/.test(version) ? version : `0~${version}`;
}
