import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseUsers, readUsers, userNames } from '../../../../platform/machine/users.ts';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
# a comment
toor:x:0:0::/root:/bin/sh
broken:x
+nis::::::
alice:x:1000:1000:Alice,,,:/home/alice:/bin/zsh
`;

test('users are read with id and home, whatever else is in the file', () => {
  expect(parseUsers(PASSWD)).toEqual([
    { name: 'root', uid: 0, home: '/root' },
    { name: 'toor', uid: 0, home: '/root' },
    { name: 'alice', uid: 1000, home: '/home/alice' },
  ]);
});

test('the first name of an id counts', () => {
  expect(userNames(parseUsers(PASSWD)).get(0)).toBe('root');
});

test('any text has users or none', () => {
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseUsers(text))));
});

test('a file that cannot be read has no users, and the reason', () => {
  expect(readUsers('/nonexistent')).toEqual({ users: [], unreadCode: 'ENOENT' });
  expect(readUsers('/dev')).toEqual({ users: [], unreadCode: 'EISDIR' });
});
