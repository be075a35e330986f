import { errorCode, errorMessage } from '../contract/errors.ts';
import { runCliCommand } from './commands/run-cli-command.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { wrapHelp } from './help/wrap-help.ts';
import { openOutput } from './open-output.ts';
import { nextStep } from './terminal/next-step.ts';
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
  const text = withWrappedHelp(`[error] ${errorMessage(error).trimEnd()}`);
  // Messages with other codes may quote outside text, whose line feeds must not start a line.
  const isOurs = ['usage', 'config_invalid'].includes(errorCode(error));
  for (const line of isOurs ? text.split('\n') : [text]) note(line);
  const next = nextStep(error);
  if (next !== undefined) note(next);
}

/** Below its first empty line, an error of ours is a help text. */
function withWrappedHelp(text: string): string {
  const [message = '', ...help] = text.split('\n\n');
  return [message, ...help.map((part) => wrapHelp(part, textColumns(process.stderr)))].join('\n\n');
}
