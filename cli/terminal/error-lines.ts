import { errorCode, errorMessage } from '../../contract/errors.ts';
import { nextStep } from './next-step.ts';

/** What is printed about an error. Below its first empty line, an error of ours is a help text, which `wrap` gets. */
export function errorLines(error: unknown, wrap: (text: string) => string = (text) => text): string[] {
  const [message = '', ...help] = `[error] ${errorMessage(error).trimEnd()}`.split('\n\n');
  const text = [message, ...help.map(wrap)].join('\n\n');
  // Messages with other codes may quote outside text, whose line feeds must not start a line.
  const isOurs = ['usage', 'config_invalid'].includes(errorCode(error));
  const next = nextStep(error);
  return [...(isOurs ? text.split('\n') : [text]), ...(next === undefined ? [] : [next])];
}
