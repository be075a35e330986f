import type { UpgradeStep } from '../../contract/rules/upgrade-protocol.ts';

export const VICTIMS = ['worker', 'relay', 'old agent', 'new agent'] as const;
export type Victim = (typeof VICTIMS)[number];

export interface UpgradeOutcome {
  step: UpgradeStep;
  victim: Victim;
  seconds: number;
  outcome: string;
  reason: string | null;
  /** The version that answers in the end. */
  answers: 'old' | 'new' | 'nobody';
  problems: string[];
}

/** A table with a row for each step and a column for each victim. */
export function outcomeTable(outcomes: readonly UpgradeOutcome[], steps: readonly UpgradeStep[]): string {
  const cell = (step: UpgradeStep, victim: Victim) => {
    const outcome = outcomes.find((one) => one.step === step && one.victim === victim);
    if (!outcome) return '';
    return outcome.problems.length > 0 ? 'FAILED' : `${outcome.answers} agent, ${outcome.outcome}`;
  };
  const rows = steps.map((step) =>
    tableLine(
      step,
      VICTIMS.map((victim) => cell(step, victim)),
    ),
  );
  return [tableLine('killed when this was reached', VICTIMS), ...rows].join('');
}

function tableLine(first: string, cells: readonly string[]): string {
  return `${first.padEnd(28)}${cells.map((text) => text.padEnd(22)).join('')}\n`;
}
