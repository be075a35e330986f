import { MigError } from '../../../contract/errors.ts';
import { didYouMean } from '../../../contract/text/closest.ts';
import type { Mode, Order } from '../order.ts';

/** A mode with the orders that every mode has. */
export function withCommonOrders<State>(mode: Mode<State>): Mode<State> {
  const orders: Order<State>[] = [
    ...mode.orders,
    {
      name: 'help',
      usage: 'help [order]',
      summary: 'list the orders of this mode, or explain one',
      words: [0, 1],
      complete: (words) => (words.length === 1 ? orders.map(({ name }) => name) : []),
      run({ words, session: { output } }) {
        for (const line of helpLines(mode.name, orders, words[0])) output.answer(line);
        return undefined;
      },
    },
    {
      name: 'exit',
      usage: 'exit',
      summary: 'leave this mode, as ctrl+d does',
      run: () => 'leave',
    },
  ];
  return { ...mode, orders };
}

type Explained = Pick<Order<never>, 'name' | 'usage' | 'summary'>;

function helpLines(mode: string, orders: readonly Explained[], wanted: string | undefined): string[] {
  if (wanted === undefined) {
    const width = Math.max(...orders.map(({ usage }) => usage.length));
    return [
      `orders of the mode ${mode}:`,
      ...orders.map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`),
    ];
  }
  const order = orders.find(({ name }) => name === wanted);
  if (order !== undefined) return [`${order.usage}: ${order.summary}`];
  throw new MigError(
    'usage',
    `there is no order ${JSON.stringify(wanted)} in the mode ${mode}${didYouMean(
      wanted,
      orders.map(({ name }) => name),
    )}`,
  );
}

/** The number of records that an order asks for. */
export function parseCount(order: string, word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  const count = Number(word);
  if (/^\d{1,6}$/.test(word) && count > 0) return count;
  throw new MigError('usage', `${order} needs a number, 1 or more, not ${JSON.stringify(word)}`);
}
