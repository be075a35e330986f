/** The download fails on every route and at any time. */
export class RefusedError extends Error {}
