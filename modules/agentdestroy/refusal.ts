/** The reason why the module refuses an operation. It becomes a failed result. */
export class Refusal extends Error {}
