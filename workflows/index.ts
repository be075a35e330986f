export { actionWorkflow } from './action-workflow.ts';
export { upgradeWorkflow } from './upgrade-workflow.ts';
