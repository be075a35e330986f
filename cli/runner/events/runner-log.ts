import type { Output } from '../../terminal/output.ts';

/** One event of the runner. */
export interface RunnerEvent {
  /** The constant name of the kind of event, for programs. */
  event: string;
  level?: 'info' | 'warn' | 'error';
  /** The name of the job that it is about. */
  job?: string | undefined;
  message: string;
  /** What a program may want to know of it, beyond the message. */
  facts?: Record<string, unknown>;
}

export type RunnerLog = (event: RunnerEvent) => void;

/** Logs one line for each event: as text on stderr, or with `--json` as a JSON object on stdout. */
export function createRunnerLog(
  output: Pick<Output, 'note' | 'json'>,
  { json, now }: { json: boolean; now: () => number },
): RunnerLog {
  return ({ event, level = 'info', job, message, facts = {} }) => {
    const time = new Date(now()).toISOString();
    if (json) return output.json(JSON.stringify({ time, level, event, job, message, ...facts }));
    const mark = level === 'info' ? '' : `[${level}] `;
    const subject = job === undefined ? '' : `${job}: `;
    output.note(`${time.slice(0, 19)}Z ${mark}${subject}${message}`);
  };
}
