import recorded from './examples.json' with { type: 'json' };

const EXAMPLES = new Map<string, unknown>(Object.entries(recorded));

/** A recorded answer of the route with this name. `dev/docs/record-examples.ts` renews them. */
export function exampleAnswer(name: string): unknown {
  return EXAMPLES.get(name);
}
