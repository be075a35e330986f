export const CONSOLE_USAGE = 'usage: mig console [-q] [-c <migrc>] [-v]';

export const CONSOLE_EXPLANATION = `Reads one order after the other, as MIG's console does: action <id> reads an action, search finds records, create action
opens the launcher, help lists the orders of each mode, exit or ctrl+d leaves it. Tab completes orders, ids that were seen,
modules, macros, permissions and files. Ctrl-C stops the running order. | grep [-v] <regex> behind an order filters what it
prints, and a long output stops at each screen.

Orders can come from a pipe: then there are no prompts, the line after a question is its answer, and the exit code is that
of the last order that failed. -q leaves out the greeting. Orders are kept in ~/.mig_history, answers to questions are
not.

  mig console
  echo 'search agent where name=web*' | mig console`;
