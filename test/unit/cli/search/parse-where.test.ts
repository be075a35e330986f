import { describe, expect, test } from 'vitest';
import { parseWhere } from '../../../../cli/search/parse-where.ts';

const NOW = Date.parse('2026-05-06T07:08:09Z');
const agents = (text: string) => parseWhere(text, { type: 'agent', nowMs: NOW });

describe('name=value name=value', () => {
  test('becomes the parameters of the API', () => {
    expect(agents('name=web* and status=online')).toEqual({
      query: { agentname: 'web%', status: 'online' },
      limit: undefined,
    });
    expect(agents('agentid=7 limit=5 after=2h')).toEqual({
      query: { agentid: '7', after: '2026-05-06T05:08:09Z' },
      limit: 5,
    });
    expect(parseWhere('id=7 name=x', { type: 'command', nowMs: NOW }).query).toEqual({
      commandid: '7',
      actionname: 'x',
    });
    expect(agents('')).toEqual({ query: {}, limit: undefined });
  });

  test.each([
    ['nmae=x', '"nmae" is no filter of agents; did you mean name?; these are: name, id, version, status'],
    ['manifestname=x', '"manifestname" is no filter of agents'],
    ['constructor=x', '"constructor" is no filter of agents'],
    ['name', '"name" is no condition: write name=value'],
    ['name=', 'name must have 1 to 1024 characters'],
    [`name=${'x'.repeat(1025)}`, 'name must have 1 to 1024 characters'],
    ['id=x', 'id must be an id, a number, not "x"'],
    [
      'status=onlin',
      'status must be one of online, idle, offline, destroyed, removed, upgraded, not "onlin"; did you mean online?',
    ],
    ['after=soon', '-after must be a date'],
    ['after=1h before=2h', '-after 2026-05-06T06:08:09Z is later than -before 2026-05-06T05:08:09Z'],
    ['limit=0', '-limit must be a whole number'],
    ['name=a agentname=b', 'agentname is given twice'],
  ])('%s is refused by name', (text, message) => {
    expect(() => agents(text)).toThrow(message);
  });
});
