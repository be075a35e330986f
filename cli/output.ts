import { printable, printableJson } from '../contract/rules/printable.ts';
import { moduleInterface } from '../modules/schemas.ts';
import type { CommandView, Progress } from './api-client.ts';

/**
 * Answers go to stdout, everything else to stderr, so that results can be piped. What agents and others sent is part of
 * nearly every line, so each is made printable here: no file name or error gives orders to the investigator's terminal.
 */
export interface Output {
  /** One line; the style is left out where stdout is no terminal. */
  answer(line: string, style?: Style): void;
  /** A document, given as its text. */
  json(text: string): void;
  say(line: string): void;
  /** One live line on a terminal, rewritten; elsewhere a line per change. */
  progress(progress: Progress): void;
  endProgress(): void;
}

type Style = keyof typeof STYLES;

const STYLES = { bold: [1, 22], green: [32, 39], red: [31, 39], dim: [2, 22] } as const;

export function createOutput(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Output {
  let isLive = false;
  let last = '';
  return {
    answer(line, style) {
      const text = printable(line);
      stdout.write(`${style && stdout.isTTY ? styled(text, style) : text}\n`);
    },
    json: (text) => void stdout.write(`${printableJson(text)}\n`),
    say: (line) => void stderr.write(`${printable(line)}\n`),
    progress(progress) {
      const { sent = 0, done = 0 } = progress.counters;
      const line = printable(
        `${progress.status}: ${sent} targeted, ${done} done, ${progress.matches} with matches, ${progress.errors} with errors`,
      );
      if (line === last) return;
      last = line;
      if (stderr.isTTY) stderr.write(`\r\u001b[K${line}`);
      else stderr.write(`${line}\n`);
      isLive = stderr.isTTY;
    },
    endProgress() {
      if (isLive) stderr.write('\n');
      isLive = false;
    },
  };
}

function styled(text: string, style: Style): string {
  const [on, off] = STYLES[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

/** The lines of one agent's answer, each prefixed with its name, as MIG prints them. */
export function answerLines(command: CommandView, { foundOnly }: { foundOnly: boolean }): string[] {
  const { name } = command.agent;
  const lines = (command.results ?? []).flatMap((result, index) => {
    const module = moduleInterface(command.action.operations[index]?.module ?? '');
    if (module) return module.print(result, { foundOnly });
    return [JSON.stringify(result.elements), ...(foundOnly ? [] : (result.errors ?? []))];
  });
  if (!foundOnly) lines.push(`command ${command.status}`);
  return lines.map((line) => `${name} ${line}`);
}

/** `3 sent, 3 done, 2 succeeded, 1 expired`, the zeros left out. */
export function countersLine(counters: Record<string, number>): string {
  const words: [string, string][] = [
    ['sent', 'sent'],
    ['done', 'done'],
    ['success', 'succeeded'],
    ['cancelled', 'cancelled'],
    ['expired', 'expired'],
    ['failed', 'failed'],
    ['timeout', 'timed out'],
    ['inflight', 'in flight'],
  ];
  return (
    words.flatMap(([key, word]) => (counters[key] ? [`${counters[key]} ${word}`] : [])).join(', ') || '0 sent'
  );
}
