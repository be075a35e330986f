export { actionWorkflow } from './action-workflow.ts';
export { sweepWorkflow } from './sweep-workflow.ts';
export { upgradeWorkflow } from './upgrade-workflow.ts';
