import { type Mutation, services, unit } from './mutation.ts';

export const BRAKES_MUTATIONS: readonly Mutation[] = [
  {
    name: 'commands of an action with brakes leave by the ordinary way',
    file: 'platform/postgres/queries/commands/commands.ts',
    find: '       AND NOT x.braked\n',
    replace: '',
    caughtBy: services('integration/brakes-turns.test.ts', 'no other way lets a command'),
  },
  {
    name: 'a heartbeat sends a command past the brakes',
    file: 'platform/postgres/queries/commands/commands.ts',
    find: 'commands: rows.filter((row) => !row.braked).map(',
    replace: 'commands: rows.map(',
    caughtBy: services('integration/brakes-turns.test.ts', 'waits for its turn'),
  },
  {
    name: 'commands that were read leave after the window has closed',
    file: 'platform/postgres/queries/brakes/departures.ts',
    find: 'AND (b.closesat IS NULL OR b.closesat > clock_timestamp())',
    replace: '',
    caughtBy: services('integration/brakes-turns.test.ts', 'keeps even what was read before'),
  },
  {
    name: 'workers that take turns at once each take a batch',
    file: 'platform/postgres/queries/brakes/brakes.ts',
    find: '     FOR UPDATE`',
    replace: '     `',
    caughtBy: services('integration/brakes-turns.test.ts', 'of many workers at once'),
  },
  {
    name: 'the others go before the canary has answered',
    file: 'contract/rules/brakes/decide.ts',
    find: 'if ((waiting > 0 || left < size) && (deadlineMs',
    replace: 'if (waiting > 5_000 && (deadlineMs',
    caughtBy: unit('contract/rules/brakes/decide.test.ts', 'holds the others until the last'),
  },
  {
    name: 'a canary that fails lets the others go',
    file: 'contract/rules/brakes/decide.ts',
    find: 'limit === undefined ? failed > 0 :',
    replace: 'limit === undefined ? false :',
    caughtBy: unit('contract/rules/brakes/decide.test.ts', 'stops the action at one failure'),
  },
  {
    name: 'refusals and timeouts are no failures',
    file: 'platform/postgres/queries/brakes/departures.ts',
    find: "isfailed = commands.status <> 'success' OR",
    replace: 'isfailed =',
    caughtBy: services('integration/brakes-turns.test.ts', 'counts an answer that is'),
  },
  {
    name: 'more commands a minute than the rate allows',
    file: 'contract/rules/brakes/pace.ts',
    find: 'const batches = Math.floor(perMinute / batch);',
    replace: 'const batches = Math.ceil(perMinute / batch);',
    caughtBy: unit('contract/rules/brakes/pace.test.ts', 'no minute, whenever it begins'),
  },
  {
    name: 'an action that has stopped by itself goes on',
    file: 'activities/brakes/take-turn.ts',
    find: 'await setPaused(db, { id: actionId, paused: true });',
    replace: '',
    caughtBy: services('integration/brakes-turns.test.ts', 'tells why until it is resumed'),
  },
];
