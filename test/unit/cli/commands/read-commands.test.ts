import { describe, expect, test } from 'vitest';
import { runCliCommand } from '../../../../cli/commands/run-cli-command.ts';
import { errorCode, errorMessage } from '../../../../contract/errors.ts';

/** The message of a command line that is refused before anything is read or asked. */
async function refusal(line: string): Promise<string> {
  const error: unknown = await runCliCommand(line.split(' ').filter((word) => word !== '')).catch(
    (problem: unknown) => problem,
  );
  expect(errorCode(error)).toBe('usage');
  return errorMessage(error);
}

describe('mig list', () => {
  test.each([
    ['', 'mig list: the word after it must be one of actions, commands'],
    ['agent', 'not "agent"; did you mean agents?'],
    ['agents -nmae x', 'flag provided but not defined: -nmae; did you mean -name?'],
    ['agents -manifestname x', '"manifestname" is no filter of agents'],
    ['loaders -status online', '"status" is no filter of loaders'],
    ['agents -bogus x', 'there is no flag -bogus here'],
    ['agents -limit 0', '-limit must be a whole number'],
    ['agents -limit 5 -all', '-limit and -all cannot be used together'],
    ['agents --json --csv', '--json and --csv cannot be used together'],
    ['agents --csv --wide', '--csv and --wide cannot be used together'],
    ['agents -status onlin', 'did you mean online?'],
    ['agents -after soon', '-after must be a date'],
    ['agents -name x -t allonline', 'agentname cannot be used together with -t'],
    ['agents -name x -agentname y', 'agentname is given twice'],
    ['agents -t local', '-t local is this machine'],
    ['actions -t allonline', '-t does not apply here'],
    ['actions 7', 'unexpected word "7"'],
  ])('%s is refused by name', async (line, message) => {
    expect(await refusal(`list ${line}`)).toContain(message);
  });
});

describe('mig show', () => {
  test.each([
    ['', 'mig show: the word after it must be one of action, command'],
    ['action', 'usage: mig show action <id>'],
    ['action x', '"x" is not an id: mig list actions -name x lists them'],
    ['command web1', '"web1" is not an id: mig list commands lists them'],
    ['actoin 1', 'did you mean action?'],
    ['action 1 2', 'unexpected word "2"'],
    ['action 1 --csv', 'there is no flag -csv here'],
  ])('%s is refused by name', async (line, message) => {
    expect(await refusal(`show ${line}`)).toContain(message);
  });
});

describe('mig agents', () => {
  test.each([
    ['search -format mig --csv', '--csv and -format mig cannot be used together'],
    ['search -format table2', '-format must be one of table, mig'],
    ['search -p nmae=x', '"nmae" is no filter of agents; did you mean name?'],
    ['search -p name=x -t true', 'agentname cannot be used together with -t'],
    ['search -p name=x -name y', 'agentname is given twice'],
    ['serach', 'unexpected word "serach"; did you mean search?'],
    ['--csv --wide', '--csv and --wide cannot be used together'],
    ['count x', 'unexpected word "x"'],
    ['count -t local', '-t local is this machine alone'],
    ['show', 'usage: mig show agent <id or name>'],
    ['remove', 'usage: mig remove'],
  ])('%s is refused by name', async (line, message) => {
    expect(await refusal(`agents ${line}`)).toContain(message);
  });
});

describe('mig results', () => {
  test.each([
    ['', 'usage: mig results <action id>'],
    ['x', '"x" is not an action id: mig status lists them'],
    ['7 8', 'unexpected word "8"'],
    ['7 --csv --json', '--json and --csv cannot be used together'],
    ['7 --csv -group', '--csv and -show grouped cannot be used together'],
    ['7 --jsonl -answer 0123456789abcdef', '--jsonl and -answer cannot be used together'],
    ['7 --wide', 'there is no flag -wide here'],
    ['7 -in x', '-in needs the key of a group'],
    ['7 -follow-up fond', '-follow-up must be one of found, notfound, not "fond"; did you mean found?'],
    ['7 -follow-up found -- netstt -lp 22', 'not "netstt"; did you mean netstat?'],
    ['7 -follow-up=some', '-follow-up must be one of found, notfound, not "some"'],
    ['7 -follow-up --', 'after -- comes the next question'],
    ['7 -- netstat', 'what follows -- is asked with -follow-up'],
  ])('%s is refused by name', async (line, message) => {
    expect(await refusal(`results ${line}`)).toContain(message);
  });
});

test('mig dashboard takes no word', async () => {
  expect(await refusal('dashboard x')).toContain('unexpected word "x"; usage: mig dashboard');
});
