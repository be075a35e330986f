/** MIG's programs for investigators and their machines. */
export const PROGRAMS = [
  'mig',
  'mig-console',
  'mig-action-generator',
  'mig-action-verifier',
  'mig-agent-search',
  'mig-runner',
  'mig-loader',
] as const;
export type Program = (typeof PROGRAMS)[number];
