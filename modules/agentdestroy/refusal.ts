/** The reason why the module does not do what was asked. It becomes a failed result. */
export class Refusal extends Error {}
