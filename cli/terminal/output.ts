import { once } from 'node:events';
import { printable, printableJson } from '../../contract/text/printable.ts';

/**
 * Answers go to stdout, all else to stderr, so that results can be piped. Nearly every line quotes an agent or a person, so
 * each is escaped here: no file name or error can control the investigator's terminal.
 */
export interface Output {
  /** Prints one line; the style applies only where stdout is a terminal. */
  answer(line: string, style?: Style): void;
  /** Prints a document, given as JSON text. */
  json(text: string): void;
  /** Prints a record of CSV, which ends with its line break and is escaped already. */
  csv(record: string): void;
  /** Prints the titles of a table. They are no answer: a pipe gets only the rows. */
  header(line: string): void;
  /** Waits until the reader has taken what was printed, so that a slow one does not fill the memory. */
  drained(): Promise<void>;
  /** The width of the terminal that gets the answers; undefined where it is none. */
  columns: number | undefined;
  note(line: string): void;
  /** Rewrites one live line on a terminal; elsewhere prints a line for each change. */
  live(line: string): void;
  endLive(): void;
}

type Style = keyof typeof STYLES;

const STYLES = { bold: [1, 22], green: [32, 39], red: [31, 39], dim: [2, 22] } as const;

const DEFAULT_COLUMNS = 80;
/** Longer lines of text are hard to read. */
const MAX_TEXT_COLUMNS = 100;

interface TerminalEnvironment {
  TERM?: string | undefined;
  NO_COLOR?: string | undefined;
}

export function createOutput({
  stdout,
  stderr,
  env = {},
}: {
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  env?: TerminalEnvironment;
}): Output {
  const hasColours = supportsEscapes(stdout, env) && !env.NO_COLOR;
  const canRewrite = supportsEscapes(stderr, env);
  let isLive = false;
  let lastLive = '';
  const endLive = () => {
    if (isLive) stderr.write('\n');
    isLive = false;
  };
  return {
    answer(line, style) {
      const text = printable(line);
      stdout.write(`${style && hasColours ? styled(text, style) : text}\n`);
    },
    json: (text) => void stdout.write(`${printableJson(text)}\n`),
    csv: (record) => void stdout.write(record),
    header(line) {
      endLive();
      if (stdout.isTTY) stdout.write(`${hasColours ? styled(printable(line), 'bold') : printable(line)}\n`);
      else stderr.write(`${printable(line)}\n`);
    },
    async drained() {
      if (stdout.writableNeedDrain) await once(stdout, 'drain');
    },
    columns: stdout.isTTY ? widthOf(stdout) : undefined,
    note(line) {
      endLive();
      stderr.write(`${printable(line)}\n`);
    },
    live(text) {
      const line = printable(text);
      if (line === lastLive) return;
      lastLive = line;
      if (canRewrite) stderr.write(`\r\u001b[K${line.slice(0, widthOf(stderr) - 1)}`);
      else stderr.write(`${line}\n`);
      isLive = canRewrite;
    },
    endLive,
  };
}

/** The columns of a stream for text that is wrapped: those of its terminal, up to a line that reads well. */
export function textColumns(stream: NodeJS.WriteStream): number {
  return Math.min(widthOf(stream), MAX_TEXT_COLUMNS);
}

/** The columns of a terminal: a longer line wraps, and could not be rewritten. Some terminals report 0. */
function widthOf({ columns = 0 }: NodeJS.WriteStream): number {
  return columns > 1 ? columns : DEFAULT_COLUMNS;
}

/** Whether a stream is a terminal that understands escape sequences. NO_COLOR (no-color.org) turns off only colours. */
function supportsEscapes(stream: NodeJS.WriteStream, { TERM }: TerminalEnvironment): boolean {
  return Boolean(stream.isTTY) && TERM !== 'dumb';
}

function styled(text: string, style: Style): string {
  const [on, off] = STYLES[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
