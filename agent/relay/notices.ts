import { MAX_NOTICES } from '../../contract/agent.ts';
import type { Logger } from '../../platform/log.ts';
import type { Report } from '../report/report.ts';

/** What a notice is about: there is one of each at most. */
export type NoticeTopic = 'identity' | 'limits' | 'clock' | `damaged ${string}` | `setting ${number}`;

/** All of them together must leave room in the heartbeat. */
const MAX_LENGTH = 500;

/** What the owner of the machine and whoever sees the agent's record should know of this agent, as long as it is so. */
export class Notices {
  readonly #said = new Map<NoticeTopic, string>();
  readonly #log: Logger;
  readonly #report: Pick<Report, 'noticed'>;

  constructor({ log, report }: { log: Logger; report: Pick<Report, 'noticed'> }) {
    this.#log = log;
    this.#report = report;
  }

  /** Says it in the log and in the owner's report, unless that is known. True when something changed. */
  say(topic: NoticeTopic, text: string): boolean {
    if (!this.keep(topic, text)) return false;
    this.#log.warn({ topic, notice: text }, 'notice');
    this.#report.noticed(text);
    return true;
  }

  /** Only in the record and the status: it was said before. */
  keep(topic: NoticeTopic, text: string): boolean {
    if (this.#said.get(topic) === text) return false;
    this.#said.set(topic, text);
    return true;
  }

  /** It is no longer so. True when something changed. */
  end(topic: NoticeTopic): boolean {
    if (!this.#said.delete(topic)) return false;
    this.#log.info({ topic }, 'notice is over');
    return true;
  }

  /** As the platform takes them: settings last, of which there may be many. */
  list(): string[] {
    const isSetting = (topic: NoticeTopic) => Number(topic.startsWith('setting'));
    const all = [...this.#said].sort(([a], [b]) => isSetting(a) - isSetting(b));
    const texts = all.map(([, text]) =>
      text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text,
    );
    const missing = texts.length - MAX_NOTICES;
    if (missing <= 0) return texts;
    return [...texts.slice(0, MAX_NOTICES - 1), `and ${missing + 1} more notices: see the log of the agent`];
  }
}
