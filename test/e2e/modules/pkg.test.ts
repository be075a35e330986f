import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, inject, test } from 'vitest';
import { parametersMessage } from '../../../modules/protocol.ts';

interface Result {
  success: boolean;
  elements: { packages: { name: string; version: string; type: string; arch: string }[] };
  errors: string[] | null;
}

const FOLDERS = (process.env.PATH ?? '').split(':');
const HAS_DPKG = FOLDERS.some((folder) => existsSync(`${folder}/dpkg-query`));
const FORMAT = ['db:Status-Abbrev', 'binary:Package', 'Version', 'Architecture']
  .map((name) => `$\{${name}}`)
  .join('|');

/** What dpkg-query says that is installed and wanted; nothing on other systems. */
function judge(): string[] {
  if (!HAS_DPKG) return [];
  const rows = execFileSync('dpkg-query', ['-W', '-f', `${FORMAT}\\n`], { encoding: 'utf8' }).split('\n');
  return rows.filter((row) => row.startsWith('ii |')).map((row) => row.slice('ii |'.length));
}

function runPkg(pattern: string, env: NodeJS.ProcessEnv = process.env): Result {
  const message = parametersMessage(
    { pkgmatch: { matches: [pattern] } },
    { timeoutMs: 60_000, maxBytes: 4e6 },
  );
  const input = `${JSON.stringify(message)}\n`;
  return JSON.parse(execFileSync(inject('agentExecutable'), ['-m', 'pkg'], { input, env, encoding: 'utf8' }));
}

function dpkgRows({ elements }: Result): string[] {
  return elements.packages
    .filter(({ type }) => type === 'dpkg')
    .map(({ name, version, arch }) => `${name}|${version}|${arch}`);
}

test('the packages of this machine are those that dpkg-query lists', () => {
  const result = runPkg('.');
  expect(result.success).toBe(true);
  expect(dpkgRows(result).sort()).toEqual(judge().sort());
});

test('they are the same without any program on the PATH', () => {
  const result = runPkg('.', { PATH: '/nonexistent' });
  expect(dpkgRows(result).sort()).toEqual(judge().sort());
  expect(result.errors === null).toBe(result.elements.packages.length > 0);
});
