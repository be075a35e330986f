/** A sentence for the person at the terminal: what is missing and what to type. Shown without a stack. */
export class SetupError extends Error {}
