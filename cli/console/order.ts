import type { Action } from '../../contract/action.ts';
import type { RecordType } from '../search/search-filters.ts';
import type { CliSession } from '../session.ts';
import type { Interrupts } from './interrupts.ts';

/** Where an order leads: the page of a record, or the launcher with an action to start from. */
export type Place =
  | { mode: RecordType; word: string }
  | {
      mode: 'launcher';
      template: Pick<Action, 'name' | 'target' | 'operations' | 'description' | 'threat'> | undefined;
    };

/** What follows an order. A mode that is entered returns to this one; one that replaces it does not. */
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
  /** The files that a path may go on with. */
  files(path: string): readonly string[];
}

export interface Order<State> {
  name: string;
  /** The name with its arguments, as help shows it. */
  usage: string;
  /** One line of help, without a full stop. */
  summary: string;
  /** How many words follow, at least and at most. An order without arguments has none. */
  words?: readonly [min: number, max: number];
  /** The rest of the line is one text: its quotes and bars are part of it. */
  takesText?: boolean;
  /** What may stand in the place of the last of these words. */
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
