/** The download would fail on every route and at any time: a retry is useless. */
export class RefusedError extends Error {}
