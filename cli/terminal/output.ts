import type { CommandView, Progress } from '../../contract/answers.ts';
import type { ModuleResult } from '../../contract/command.ts';
import { printable, printableJson } from '../../contract/text/printable.ts';
import { moduleInterface } from '../../modules/registry.ts';

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
  live(line: string): void;
  progress(progress: Progress): void;
  endProgress(): void;
}

type Style = keyof typeof STYLES;

const STYLES = { bold: [1, 22], green: [32, 39], red: [31, 39], dim: [2, 22] } as const;

interface TerminalEnvironment {
  TERM?: string | undefined;
  NO_COLOR?: string | undefined;
}

interface Terminal {
  /** Whether escape sequences may be written to it. */
  isObedient: boolean;
  hasColours: boolean;
}

/** What the environment says of a terminal (no-color.org; TERM=dumb). */
function terminalOf(stream: NodeJS.WriteStream, env: TerminalEnvironment): Terminal {
  const isObedient = Boolean(stream.isTTY) && env.TERM !== 'dumb';
  return { isObedient, hasColours: isObedient && !env.NO_COLOR };
}

export function createOutput(
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
  env: TerminalEnvironment = {},
): Output {
  const { hasColours } = terminalOf(stdout, env);
  const { isObedient } = terminalOf(stderr, env);
  let isLive = false;
  let last = '';
  const endProgress = () => {
    if (isLive) stderr.write('\n');
    isLive = false;
  };
  const live = (text: string) => {
    const line = printable(text);
    if (line === last) return;
    last = line;
    // A line that wraps could not be taken back.
    if (isObedient) stderr.write(`\r\u001b[K${line.slice(0, Math.max(1, (stderr.columns ?? 80) - 1))}`);
    else stderr.write(`${line}\n`);
    isLive = isObedient;
  };
  return {
    answer(line, style) {
      const text = printable(line);
      stdout.write(`${style && hasColours ? styled(text, style) : text}\n`);
    },
    json: (text) => void stdout.write(`${printableJson(text)}\n`),
    say(line) {
      endProgress();
      stderr.write(`${printable(line)}\n`);
    },
    live,
    progress: (progress) => live(progressLine(progress)),
    endProgress,
  };
}

function progressLine({ status, paused, counters, matches, errors }: Progress): string {
  const { sent = 0, done = 0 } = counters;
  const state = paused ? `${status}, paused` : status;
  return `${state}: ${sent} targeted, ${done} done, ${matches} with matches, ${errors} with errors`;
}

function styled(text: string, style: Style): string {
  const [on, off] = STYLES[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

/** The lines of one agent's answer, each prefixed with its name, as MIG prints them. */
export function answerLines(command: CommandView, { foundOnly }: { foundOnly: boolean }): string[] {
  const lines = (command.results ?? []).flatMap((result, index) =>
    resultLines(command.action.operations[index]?.module ?? '', result, { foundOnly }),
  );
  if (!foundOnly) lines.push(`command ${command.status}`);
  return lines.map((line) => `${command.agent.name} ${line}`);
}

/** What a module prints of its result. Elements of another shape than its own are printed as JSON: none is hidden. */
export function resultLines(
  name: string,
  result: ModuleResult,
  { foundOnly }: { foundOnly: boolean },
): string[] {
  const asJson = () => [JSON.stringify(result.elements), ...(foundOnly ? [] : (result.errors ?? []))];
  try {
    const lines = moduleInterface(name)?.print(result, { foundOnly }) ?? asJson();
    return lines.length === 0 && result.foundanything ? asJson() : lines;
  } catch {
    return asJson();
  }
}

/**
 * `3 sent, 3 done, 2 succeeded, 1 expired`, the zeros left out. An agent whose module failed has answered, which is all
 * that MIG's counters say; it is not called a success here.
 */
export function countersLine(counters: Record<string, number>, moduleFailures = 0): string {
  const succeeded = Math.max(0, (counters.success ?? 0) - moduleFailures);
  const words: [number | undefined, string][] = [
    [counters.sent, 'sent'],
    [counters.done, 'done'],
    [succeeded, 'succeeded'],
    [moduleFailures, 'answered that it failed'],
    [counters.cancelled, 'cancelled'],
    [counters.expired, 'expired'],
    [counters.failed, 'failed'],
    [counters.timeout, 'timed out'],
    [counters.inflight, 'in flight'],
  ];
  return words.flatMap(([count, word]) => (count ? [`${count} ${word}`] : [])).join(', ') || '0 sent';
}
