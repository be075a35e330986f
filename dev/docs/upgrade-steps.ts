import { UPGRADE_PROTOCOL } from '../../contract/rules/upgrade-protocol.ts';

/** The upgrade protocol as a numbered list, a step with the activity that takes an endpoint on from it. */
export function renderUpgradeSteps(): string {
  return UPGRADE_PROTOCOL.map(({ step, reachedWhen, waitsFor, advancedBy }, index) => {
    const waiting = advancedBy === null ? '' : ` Waits for ${waitsFor} (\`${advancedBy}\`).`;
    return `${index + 1}. \`${step}\`: ${reachedWhen}.${waiting}`;
  }).join('\n');
}
