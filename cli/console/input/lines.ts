/** Where the lines of a console come from. */
export interface Lines {
  /** Whether a person types them. */
  isTerminal: boolean;
  /** The next line; undefined at the end of the input, and after ctrl+d. */
  next(prompt: string, kind: 'order' | 'answer'): Promise<string | undefined>;
  /** Forgets lines that were typed ahead. */
  clear(): void;
  close(): void;
}

/** No order is longer: a target has at most 2,048 characters. */
export const MAX_LINE = 64 * 1024;
