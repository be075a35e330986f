import { runCliCommand } from './commands/run-cli-command.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { wrapHelp } from './help/wrap-help.ts';
import { openOutput } from './open-output.ts';
import { errorLines } from './terminal/error-lines.ts';
import { textColumns } from './terminal/output.ts';

exitOnBrokenOutput();
try {
  process.exitCode = await runCliCommand(process.argv.slice(2));
} catch (error) {
  printError(error);
  process.exitCode = exitCodeOf(error);
}

/** Exits when the reader of the output has closed it, as in `mig … | head`, like every Unix program, or when its disk is full. */
function exitOnBrokenOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(EXIT.pipe);
      if (stream === process.stdout)
        openOutput().note(`[error] the output cannot be written: ${error.message}`);
      process.exit(EXIT.error);
    });
  }
}

function printError(error: unknown): void {
  const { note } = openOutput();
  for (const line of errorLines(error, (help) => wrapHelp(help, textColumns(process.stderr)))) note(line);
}
