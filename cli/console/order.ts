import type { Action } from '../../contract/action.ts';
import type { RecordType } from '../search/search-filters.ts';
import type { CliSession } from '../session.ts';
import type { Interrupts } from './interrupts.ts';

/** The mode that an order opens: that of a record, or the launcher, which may start from an action. */
export type Place =
  | { mode: RecordType; word: string }
  | {
      mode: 'launcher';
      template: Pick<Action, 'name' | 'target' | 'operations' | 'description' | 'threat'> | undefined;
    };

/** The next mode after an order. One that is entered returns to this mode; one that replaces it does not. */
export type Step = { enter: Place } | { replace: Place } | 'leave';

/** An order as it was typed. */
export interface Call {
  session: CliSession;
  /** The words after the name, without their quotes; one text for an order that takes text. */
  words: readonly string[];
  /** Whether a line passes the filters behind the order. */
  passes(line: string): boolean;
  /** Whether there are filters: then no line is cut to the terminal before they see it. */
  isFiltered: boolean;
  /** The lines typed so far, oldest first. */
  history: readonly string[];
  interrupts: Interrupts;
}

/** What completion knows. */
export interface Known {
  /** The ids that this console has seen, newest first. */
  ids(type: RecordType): readonly string[];
  macros: readonly string[];
  /** The paths that complete a path. */
  files(path: string): readonly string[];
}

export interface Order<State> {
  name: string;
  /** The name with its arguments, as help shows it. */
  usage: string;
  /** One line of help, without a full stop. */
  summary: string;
  /** The least and the most words after the name. Undefined for an order without arguments. */
  words?: readonly [min: number, max: number];
  /** The rest of the line is one text: its quotes and bars are part of it. */
  takesText?: boolean;
  /** The completions of the last of these words. */
  complete?(words: readonly string[], known: Known, state: State): readonly string[];
  run(call: Call, state: State): Step | undefined | Promise<Step | undefined>;
}

export interface Mode<State> {
  /** As MIG calls it: `action reader`. */
  name: string;
  prompt(state: State): string;
  orders: readonly Order<State>[];
}

/** A mode with its record. */
export interface OpenMode {
  name: string;
  prompt: string;
  orders: readonly OpenOrder[];
}

export interface OpenOrder extends Omit<Order<unknown>, 'run' | 'complete'> {
  run(call: Call): Promise<Step | undefined>;
  complete(words: readonly string[], known: Known): readonly string[];
}

export function openMode<State>({ name, prompt, orders }: Mode<State>, state: State): OpenMode {
  return {
    name,
    prompt: prompt(state),
    orders: orders.map((order) => ({
      ...order,
      run: async (call) => order.run(call, state),
      complete: (words, known) => order.complete?.(words, known, state) ?? [],
    })),
  };
}
