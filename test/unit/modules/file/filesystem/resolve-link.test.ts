import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { resolveLink } from '../../../../../modules/file/filesystem/resolve-link.ts';

test('a link that cannot be read, or vanishes meanwhile, throws nothing', () => {
  const links = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => [`/proc/${pid}/cwd`, `/proc/${pid}/exe`, `/proc/${pid}/root`]);
  for (const link of links) expect(() => resolveLink(link), link).not.toThrow();
});
