import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRecord } from '../../../../modules/audit/events/record.ts';

const SYSCALL = 1300;
const PATH = 1302;
const EXECVE = 1309;
const PROCTITLE = 1327;
const USER_LOGIN = 1112;

const fieldsOf = (type: number, text: string) =>
  Object.fromEntries(parseRecord(type, `audit(1364481363.243:24287): ${text}`)?.fields ?? []);

describe('a record', () => {
  test('has a time, a serial number and fields', () => {
    const text =
      'audit(1364481363.243:24287): arch=c000003e syscall=2 success=no exit=-13 a0=7fffd19c5592 tty=pts0 comm="cat" exe="/bin/cat" key=(null)';
    expect(parseRecord(SYSCALL, text)).toEqual({
      timestamp: '1364481363.243',
      serial: '24287',
      fields: [
        ['arch', 'c000003e'],
        ['syscall', '2'],
        ['success', 'no'],
        ['exit', '-13'],
        ['a0', '7fffd19c5592'],
        ['tty', 'pts0'],
        ['comm', 'cat'],
        ['exe', '/bin/cat'],
        ['key', '(null)'],
      ],
    });
  });

  test('has texts that were written as hexadecimal digits, and numbers that only look so', () => {
    expect(fieldsOf(PATH, 'item=0 name=2F746D702F6120222062 inode=10')).toEqual({
      item: '0',
      name: '/tmp/a " b',
      inode: '10',
    });
    expect(fieldsOf(PROCTITLE, 'proctitle=636174002F6574632F706173737764')).toEqual({
      proctitle: 'cat /etc/passwd',
    });
    expect(fieldsOf(SYSCALL, 'a0=41')).toEqual({ a0: '41' });
    expect(fieldsOf(EXECVE, 'argc=2 a0="sh" a1=412042')).toEqual({ argc: '2', a0: 'sh', a1: 'A B' });
  });

  test('has the fields that a program put into one value', () => {
    expect(
      fieldsOf(USER_LOGIN, `pid=1 uid=0 msg='op=login acct="root" exe="/usr/sbin/sshd" res=failed'`),
    ).toEqual({
      pid: '1',
      uid: '0',
      op: 'login',
      acct: 'root',
      exe: '/usr/sbin/sshd',
      res: 'failed',
    });
  });

  test('that has no head is none', () => {
    for (const text of ['', 'audit(): ', 'audit(1.2:3): a=b', 'type=SYSCALL audit(1364481363.243:1): a=b']) {
      expect(parseRecord(SYSCALL, text)).toBeUndefined();
    }
  });

  test('of any text is read in bounded time', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 2000 }),
      fc.string({ unit: fc.constantFrom('=', '"', "'", ' ', 'a', '4', 'msg='), maxLength: 2000 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(SYSCALL, PATH, EXECVE, USER_LOGIN), hostile, (type, text) => {
        const { fields = [] } = parseRecord(type, `audit(1364481363.243:24287): ${text}`) ?? {};
        expect(fields.length).toBeLessThanOrEqual(400);
      }),
    );
    const before = process.cpuUsage();
    for (const unit of ['a', 'a ', 'a=', '"', "a='", "a='b=", 'a="'])
      parseRecord(USER_LOGIN, `audit(1364481363.243:1): ${unit.repeat(100_000)}`);
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
  });
});
