import type { Check, MigFault } from '../../check.ts';
import { typeInConsole } from '../../console.ts';
import { type Expectations, expectOutput } from '../../expect-output.ts';
import type { Rig } from '../../rig.ts';

/** An order of the console, and what it prints. */
interface Order extends Expectations {
  /** As `spec/clients.md` names it. */
  order: string;
  what: string;
  /** What is typed, after the lines that enter the mode. */
  lines: readonly string[] | ((rig: Rig) => readonly string[] | Promise<readonly string[]>);
  args?: readonly string[];
  fault?: MigFault;
}

type Enter = (rig: Rig) => readonly string[] | Promise<readonly string[]>;

/** Returns a check for each order of a mode, which `enter` begins. */
export function ordersOf(mode: string, enter: Enter, orders: readonly Order[]): Check[] {
  return orders.map(({ order, what, lines, args, fault, ...expected }) => ({
    program: 'mig-console',
    shows: `${mode}: ${order}`,
    what: `${order}: ${what}`,
    ...(fault ? { fault } : {}),
    run: async (rig) => {
      const typed = [...(await enter(rig)), ...(typeof lines === 'function' ? await lines(rig) : lines)];
      expectOutput(await typeInConsole(rig, typed, { args: args ?? [] }), expected);
    },
  }));
}
