import { runCliCommand } from './commands/run-cli-command.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { wrapHelp } from './help/wrap-help.ts';
import { openOutput } from './open-output.ts';
import { errorLines } from './terminal/error-lines.ts';
import { textColumns } from './terminal/output.ts';

exitOnClosedPipe();
try {
  process.exitCode = await runCliCommand(process.argv.slice(2));
} catch (error) {
  printError(error);
  process.exitCode = exitCodeOf(error);
}

/** Exits when the reader of the output has closed it, as in `mig … | head`, like every Unix program. */
function exitOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(EXIT.pipe);
    });
  }
}

function printError(error: unknown): void {
  const { note } = openOutput();
  for (const line of errorLines(error, (help) => wrapHelp(help, textColumns(process.stderr)))) note(line);
}
