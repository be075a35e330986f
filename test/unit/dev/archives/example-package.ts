import type { SystemPackage } from '../../../../dev/archives/system-package.ts';

/** A small package with a folder of its own, an executable and a script. */
export const EXAMPLE: SystemPackage = {
  name: 'mig',
  version: '0.1.0',
  arch: 'amd64',
  summary: 'an example',
  description: ['It has two lines.', 'This is the second.'],
  licence: 'MPL-2.0 AND MIT',
  timeS: 1_700_000_000,
  entries: [
    { path: 'usr/share/doc/mig/README', mode: 0o644, data: Buffer.from('read me\n') },
    { path: 'usr/bin/mig', mode: 0o755, data: Buffer.from('#!/bin/sh\n') },
    { path: 'etc/mig', mode: 0o750, data: undefined },
  ],
  scripts: { postinst: 'echo installed\n', prerm: 'echo removed\n' },
};
