import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MigError } from '../../../contract/errors.ts';
import {
  configLine,
  PING_LINE,
  parseAgentMessage,
  parseModuleMessage,
  registerLine,
  textLine,
} from '../../../modules/persistent-messages.ts';

describe('messages between the agent and a running module', () => {
  test('arrive as they were sent', () => {
    const message = 'two\nlines, "quoted" \u2028';
    for (const line of [PING_LINE, textLine('log', message), registerLine('unix:/x')]) {
      expect(line.indexOf('\n')).toBe(line.length - 1);
    }
    expect(parseModuleMessage(textLine('alert', message))).toEqual({
      class: 'alert',
      parameters: { message },
    });
    expect(parseModuleMessage(PING_LINE)).toEqual({ class: 'ping' });
    expect(parseModuleMessage(registerLine('unix:/x'))).toEqual({
      class: 'register',
      parameters: { sockpath: 'unix:/x' },
    });
    const setup = { config: { a: { b: 1 } }, hostname: 'h', environment: { os: 'linux' }, tags: { a: 'b' } };
    expect(parseAgentMessage(configLine(setup))).toEqual({ class: 'config', parameters: setup });
  });

  test("have MIG's names in any case, and null counts as absent", () => {
    expect(parseAgentMessage('{"Class":"config","Parameters":{"HostName":"h","tags":null}}')).toMatchObject({
      parameters: { hostname: 'h', tags: {} },
    });
    expect(parseModuleMessage('{"class":"log","parameters":null}')).toEqual({
      class: 'log',
      parameters: { message: '' },
    });
  });

  test('of an unknown class are ignored by a module, and refused by the agent', () => {
    expect(parseAgentMessage('{"class":"parameters"}')).toBeUndefined();
    expect(() => parseModuleMessage('{"class":"config"}')).toThrow(MigError);
    expect(() => parseModuleMessage('{"class":"dance"}')).toThrow(MigError);
  });

  test('are refused with a reason when they are damaged, whatever they are', () => {
    const classes = fc.constantFrom('ping', 'log', 'alert', 'register', 'config', 'x');
    const damaged = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ class: classes, parameters: fc.jsonValue() }).map((message) => JSON.stringify(message)),
    );
    fc.assert(
      fc.property(damaged, (line) => {
        for (const parse of [parseModuleMessage, parseAgentMessage]) {
          try {
            parse(line);
          } catch (error) {
            expect(error).toBeInstanceOf(MigError);
          }
        }
      }),
    );
  });
});
