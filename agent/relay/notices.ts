import { MAX_NOTICES } from '../../contract/agent.ts';
import type { Logger } from '../../platform/log.ts';
import type { Report } from '../report/report.ts';

/** The subject of a notice: there is at most one notice for each. */
export type NoticeTopic =
  | 'identity'
  | 'limits'
  | 'clock'
  | `damaged ${string}`
  | `setting ${number}`
  | `settings of ${string}`
  | `module ${string}`;

/** The longest notice. All notices together must fit into a heartbeat. */
const MAX_LENGTH = 500;

/** The present problems of this agent, for the owner of the machine and for readers of the agent's record. */
export class Notices {
  readonly #texts = new Map<NoticeTopic, string>();
  readonly #log: Logger;
  readonly #report: Pick<Report, 'recordNotice'>;

  constructor({ log, report }: { log: Logger; report: Pick<Report, 'recordNotice'> }) {
    this.#log = log;
    this.#report = report;
  }

  /** Adds a notice, and writes it to the log and to the owner's report unless it is known. True when something changed. */
  raise(topic: NoticeTopic, text: string): boolean {
    if (!this.note(topic, text)) return false;
    this.#log.warn({ topic, notice: text }, 'notice');
    this.#report.recordNotice(text);
    return true;
  }

  /** Adds a notice that was logged and reported before. True when something changed. */
  note(topic: NoticeTopic, text: string): boolean {
    if (this.#texts.get(topic) === text) return false;
    this.#texts.set(topic, text);
    return true;
  }

  /** Adds a notice for each problem of the configuration. */
  noteSettings(problems: readonly string[]): void {
    for (const [index, problem] of problems.entries()) this.note(`setting ${index}`, problem);
  }

  /** Removes a notice that no longer holds. True when something changed. */
  clear(topic: NoticeTopic): boolean {
    if (!this.#texts.delete(topic)) return false;
    this.#log.info({ topic }, 'notice is over');
    return true;
  }

  /** Returns as many notices as the platform accepts. Those about settings, of which there may be many, come last. */
  list(): string[] {
    const isSetting = (topic: NoticeTopic) => Number(topic.startsWith('setting '));
    const notices = [...this.#texts].sort(([a], [b]) => isSetting(a) - isSetting(b));
    const texts = notices.map(([, text]) => shorten(text));
    const missing = texts.length - MAX_NOTICES;
    if (missing <= 0) return texts;
    return [...texts.slice(0, MAX_NOTICES - 1), `and ${missing + 1} more notices: see the log of the agent`];
  }
}

function shorten(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}
