import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { childEnvironment, moduleEnvironment } from '../../../../platform/machine/child-environment.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const STARTING_PROGRAMS = ['agent', 'platform/machine'];

test('no variable that controls a runtime or the loader is inherited, in any case', () => {
  const word = fc.stringMatching(/^[A-Z0-9_]{0,12}$/);
  const dangerous = fc
    .tuple(fc.constantFrom('BUN_', 'NODE_', 'LD_', 'DYLD_', 'GCONV_', 'GLIBC_', 'SSL_', 'OPENSSL_'), word)
    .map((parts) => parts.join(''));
  const name = fc.oneof(
    dangerous,
    dangerous.map((text) => text.toLowerCase()),
    fc.constantFrom('IFS', 'ENV', 'BASH_ENV'),
  );
  fc.assert(
    fc.property(fc.dictionary(name, fc.string()), (inherited) => {
      expect(
        childEnvironment({ MIG_AGENT_DAEMON: '0' }, { ...inherited, PATH: '/bin', https_proxy: 'p:1' }),
      ).toEqual({
        PATH: '/bin',
        https_proxy: 'p:1',
        MIG_AGENT_DAEMON: '0',
      });
    }),
  );
});

test('a module inherits nothing from the agent', () => {
  expect(Object.keys(moduleEnvironment('MIG_RUN=1')).sort()).toEqual(['LANG', 'MIG_RUN', 'PATH']);
});

test('every file that starts processes uses these environments', () => {
  const starting = STARTING_PROGRAMS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true }).map((name) => join(ROOT, folder, String(name))),
  )
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(file, 'utf8') }))
    .filter(({ text }) =>
      /import \{[^}]*\b(?:spawn|execFile|execFileSync)\b[^}]*\} from 'node:child_process'/.test(text),
    );
  expect(starting.length).toBeGreaterThan(6);
  expect(
    starting.filter(({ text }) => !/\b(?:child|module)Environment\(/.test(text)).map(({ file }) => file),
  ).toEqual([]);
});
