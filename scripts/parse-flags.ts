import { text } from 'node:stream/consumers';
import { errorMessage } from '../contract/errors.ts';
import { moduleInterface } from '../modules/schemas.ts';

// `npm run -s parse-flags -- <module>`: reads {"args":[…]}, prints {"params":…,"error":…} (for conformance runs).
const module = moduleInterface(process.argv[2] ?? '');
const { args } = JSON.parse(await text(process.stdin)) as { args: string[] };
let answer: { params: unknown; error?: string };
try {
  answer = { params: module?.parseFlags(args) ?? null };
} catch (error) {
  answer = { params: null, error: errorMessage(error) };
}
process.stdout.write(`${JSON.stringify(answer)}\n`);
