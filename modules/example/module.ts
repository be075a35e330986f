import { defineModule } from '../define-module.ts';
import { printResult } from './print.ts';
import { findProblem, Parameters } from './schema.ts';

export const example = defineModule({
  name: 'example',
  summary: 'example of a module: host name, addresses, look-ups of names',
  parameters: Parameters,
  findProblem,
  print: printResult,
  loadRun: async () => (await import('./run.ts')).exampleRun,
  about: {
    intro: `Returns the host name and the addresses of an endpoint, and looks up names with the endpoint's own resolver,
/etc/hosts included. It is the model for a new module: docs/writing-a-module.md leads through its files.`,
    notes: `A name that cannot be looked up, or not within five seconds, is an error; the rest of the answer stays. Names
that are looked up do not count as found. Interfaces that are down are left out.`,
    platforms: { linux: 'complete', darwin: 'written, never run', windows: 'written, never run' },
    privacy: `Host name, addresses with their prefix lengths, and the addresses of the names that the action contains. Extra
privacy mode masks nothing.`,
    example: {
      question: 'What is each machine called, and where does it find the relay?',
      args: ['-gethostname', '-lookuphost', 'relay.example.net'],
      result: {
        foundanything: true,
        success: true,
        elements: {
          hostname: 'web-1',
          lookeduphost: { 'relay.example.net': ['192.0.2.10', '2001:db8::10'] },
        },
        statistics: { stufffound: 1 },
        errors: null,
      },
    },
  },
});
