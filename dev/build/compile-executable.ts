import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MigError } from '../../contract/errors.ts';
import { bunCompiler, bunRuntime } from './bun.ts';
import { nativeName, type Target, targetName } from './targets.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Compilation {
  /** The source that is run first. */
  entry: string;
  target: Target;
  outfile: string;
}

/**
 * Compiles a program and what it imports into one executable. The same sources make the same bytes in any folder.
 * Returns the sources that it has.
 */
export function compileExecutable({ entry, target, outfile }: Compilation): string[] {
  const metafile = `${outfile}.json`;
  const bunTarget = `bun-${target.os}-${target.arch === 'amd64' ? 'x64' : 'arm64'}`;
  const built = spawnSync(
    bunCompiler(),
    [
      'build',
      '--compile',
      '--minify',
      // A process reads only the parts that it runs.
      '--splitting',
      `--target=${bunTarget}`,
      '--define=MIG_IS_COMPILED=true',
      // The folders of the machine that builds it are nobody's business, and would make every build another.
      '--define=__dirname="/"',
      '--define=__filename="/"',
      // A program must not read settings from its working directory.
      '--no-compile-autoload-dotenv',
      '--no-compile-autoload-bunfig',
      // Parsing is a third of a module's start. Compiled ahead of time only for the target that the tests run.
      ...(targetName(target) === nativeName() ? ['--bytecode', '--format=esm'] : []),
      `--metafile=${metafile}`,
      `--compile-executable-path=${bunRuntime(target)}`,
      entry,
      '--outfile',
      outfile,
    ],
    { encoding: 'utf8', cwd: ROOT },
  );
  if (built.status !== 0)
    throw new MigError('internal', `building ${entry} failed:\n${built.stdout}${built.stderr}`);
  const { inputs } = JSON.parse(readFileSync(metafile, 'utf8')) as { inputs: Record<string, unknown> };
  return Object.keys(inputs);
}
