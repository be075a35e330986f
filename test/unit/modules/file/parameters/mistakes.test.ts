import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseInvestigatorFlags } from '../../../../../cli/action/module-flags.ts';
import { file } from '../../../../../modules/file/module.ts';

const parse = (args: readonly string[]) => parseInvestigatorFlags(file, args);
const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';

// MIG accepts each of these lines, and finds nothing on any endpoint.
test.each([
  [['-path', '/etc'], 'the search has no check'],
  [['-path', '', '-name', 'a'], '-path is empty'],
  [['-path', 'etc', '-name', 'a'], '-path "etc" is not absolute'],
  [['-path', '~/.ssh', '-name', 'a'], 'is not absolute'],
  [['-path', '/etc', '-path', './x', '-name', 'a'], '-path "./x" is not absolute'],
  [['-path', '/etc', '-name', 'a', '-maxdepth', '-1'], '-maxdepth -1'],
  [['-path', '/etc', '-name', 'a', '-maxdepth', '1.5'], '-maxdepth 1.5'],
  [['-path', '/etc', '-name', 'a', '-matchlimit', '-5'], '-matchlimit -5'],
  [['-path', '/etc', '-size', '>'], '-size ">": has no number'],
  [['-path', '/etc', '-size', 'k'], '-size "k": has no number'],
  [['-path', '/etc', '-mtime', '<d'], '-mtime "<d": has no number'],
  [['-path', '/etc', '-mode', '0644'], 'which has no digits'],
  [['-path', '/etc', '-mode', '^-rws'], 'there is no s'],
  [['-path', '/etc', '-mode', '-rwxr-sr-x'], 'there is no s'],
  [['-path', '/etc', '-name', 'a', '-matchany', '-returnsha256'], 'gives no hash with -matchany'],
  [['-path', '/etc', '-name', '/etc/passwd'], 'which has no /'],
  [['-path', '/etc', '-name', "'^passwd$'"], 'inner quotes are part of the pattern'],
  [['-path', '/etc', '-content', '“root”'], 'its quotes are typographic'],
  [['-path', '/etc', '-name', 'a', '-mismatch', 'size'], 'there is no -size'],
  [['-path', '/etc', '-md5', MD5, '-md5', MD5.replace('d', 'e')], 'add -matchany'],
  [['-path', '/etc', '-name', '^passwd$', '-name', '^shadow$'], 'add -matchany'],
  [['-path', '/etc', '-name', '!plain', '-name', 'plain'], 'both -name "plain" and -name "!plain"'],
  [['-path', '/etc', '-content', 'x', '-content', '!x'], 'both -content "x" and -content "!x"'],
  [['-path', '/etc', '-name', '^a$', '-name', 'b'], 'two different -name'],
  [['-path', '/etc', '-name', '^ab$', '-name', '!b'], 'two different -name'],
  [['-path', '/etc', '-name', 'a$x'], 'something has to stand before ^ or behind $'],
  [['-path', '/etc', '-name', '!x^a'], 'something has to stand before ^ or behind $'],
  [['-path', '/etc', '-content', '(a$|b$)c'], 'something has to stand before ^ or behind $'],
  [['-path', '/etc', '-name', '/tmp/.*x$'], 'which has no /'],
  [['-path', '/etc', '-name', '(?i)etc/(passwd|shadow)'], 'which has no /'],
  [['-path', '/etc', '-content', 'x\\nfoo'], 'which holds no line feed'],
  [['-path', '/etc', '-name', '\\x2fnow'], 'which has no /'],
  [['-path', '/etc', '-name', '^$'], 'no name is empty'],
  [['-path', '/etc', '-content', '(?m)BEGIN$\\nfoo'], 'which holds no line feed'],
  [['-path', '/etc', '-matchany', '-size', '>0', '-mismatch', 'size'], 'no file fails -size ">0"'],
  [['-path', '/etc', '-size', '>0', '-mismatch', 'size'], 'no file fails -size ">0"'],
  [['-path', '/etc', '-mode', '755|644'], 'which has no digits'],
  [['-path', '/etc', '-mode', '^-.{10}'], 'a mode is text as'],
  [['-path', '/etc', '-mode', 'rwxr-z'], 'a mode is text as'],
  [['-path', '/etc', '-size', '5', '-size', '6'], 'two different -size'],
  [['-path', '/etc', '-size', '>10k', '-size', '<1k'], 'two different -size'],
  [['-path', '/etc', '-size', '9999999t'], 'no file is so large'],
  [['-path', '/etc', '-mtime', '<1d', '-mtime', '>2d'], 'two different -mtime'],
  [['-path', '/etc', '-mtime', '<200000d'], 'reaches too far back'],
  [['-path', '/etc', '-mtime', `>${'9'.repeat(400)}d`], 'reaches too far back'],
  [['-path', '/etc', '-name', 'a', '-maxdepth', '2', '-maxdepth', '3'], '-maxdepth is given twice'],
  [['-path', '/etc', '-name', 'a', '-matchlimit', '2', '-matchlimit=3'], '-matchlimit is given twice'],
  [['-path', '/etc', '-name', 'a', '-matchall', '-matchany'], '-matchall and -matchany'],
  [['-path', '/etc', '-name', 'a', '-macroal'], '-macroal changes nothing'],
  [['-path', '/etc', '-name', 'a', '-decompress'], '-decompress changes nothing'],
  [['-path', '/etc', '-owner', '0', '-owner', '1'], 'two different -owner'],
  [['-path', '/etc', '-group', '0', '-group', '1'], 'two different -group'],
  [['-path', '/etc', '-perm', '644', '-perm', '600'], 'two different -perm'],
  [['-path', '/etc', '-ctime', '<1d', '-ctime', '>2d'], 'two different -ctime'],
  [['-path', '/etc', '-btime', '<1d', '-btime', '>2d'], 'two different -btime'],
  [['-path', '/etc', '-btime', '<d'], '-btime "<d": has no number'],
  [['-path', '/etc', '-exclude', '/etc/ssl'], 'the search has no check'],
  [['-path', '/etc', '-name', 'a', '-mismatch', 'owner'], 'there is no -owner'],
  [['-path', '/etc', '-name', 'a', '-exclude', '/etc/'], 'leaves out all of -path /etc'],
  [['-path', '/etc/ssl', '-name', 'a', '-exclude', '/etc'], 'leaves out all of -path /etc/ssl'],
  [['-path', '/etc', '-name', 'a', '-exclude', '/etcetera'], 'is below no -path'],
  [['-path', '/etc', '-name', 'a', '-excluderegex', 'a$b'], 'never matches a path'],
  [['-path', '/etc', '-name', 'a', '-count', '-returnsha256'], 'gives no hash with -count'],
  [['-path', '/etc', '-name', 'a', '-maxtime', '1m', '-maxtime', '2m'], '-maxtime is given twice'],
  [['-path', '/etc', '-name', 'a', 'b'], 'unexpected word "b"'],
  [['path', '/etc', '-name', 'a'], 'unexpected word "path" before "/etc"'],
])('%j is refused before launch, though parseFlags accepts it as MIG does', (args, words) => {
  expect(() => parse(args)).toThrow(words);
});

describe('a meaningful search is accepted', () => {
  test.each([
    [['-path', '/etc', '-name', '.']],
    [
      [
        '-path',
        '/',
        '-perm',
        '-4000',
        '-exclude',
        '/proc',
        '-excluderegex',
        '^/var/lib/docker$',
        '-xdev',
        '-maxtime',
        '5m',
      ],
    ],
    [
      [
        '-path',
        '/etc',
        '-owner',
        'root',
        '-owner',
        '0',
        '-group',
        'adm',
        '-ctime',
        '<1d',
        '-btime',
        '>1h',
        '-count',
      ],
    ],
    [['-path', '/etc', '-perm', '-100', '-perm', '/022', '-perm', '0755']],
    [['-path', 'C:\\Windows', '-name', 'a']],
    [['-path', '\\\\server\\share', '-name', 'a']],
    [['-path', '/etc', '-size', '0']],
    [['-path', '/etc', '-maxdepth', '0', '-matchlimit', '0', '-maxerrors', '0', '-name', 'a']],
    [['-path', '/etc', '-content', '"password"']],
    [['-path', '/etc', '-content', '[“]root”']],
    [['-path', '/etc', '-mtime', '<0m']],
    [['-path', '\\Windows', '-name', 'a']],
    [['-path', '/etc', '-mode', '^-rw']],
    [['-path', '/etc', '-mode', '^-rws|^u']],
    [['-path', '/etc', '-mode', '^-rws?']],
    [['-path', '/etc', '-mode', '755|^-rw']],
    [['-path', '/etc', '-mode', '^ugt?(rwx){3}$']],
    [['-path', '/etc', '-name', '[^a]b$|/']],
    [['-path', '/etc', '-name', '^(^a)?$']],
    [['-path', '/etc', '-content', 'a[\\n]?b']],
    [['-path', '/etc', '-size', '>1k', '-size', '<1k']],
    [['-path', '/etc', '-mtime', '>1d', '-mtime', '<2d']],
    [['-path', '/etc', '-name', 'a', '-maxdepth', '2', '-maxdepth', '2']],
    [['-path', '/etc', '-name', 'a', '-matchall=false', '-matchany']],
    [['-path', '/etc', '-name', 'a', '-decompress', '-returnsha256']],
    [['-path', '/etc', '-name', 'a', '-returnsha256']],
    [['-path', '/etc', '-name', 'a', '-name', '!b']],
    [['-path', '/etc', '-md5', MD5, '-md5', MD5.toUpperCase()]],
    [['-path', '/etc', '-matchany', '-name', '^passwd$', '-name', '^shadow$']],
    [['-path', '/etc', '-mismatch', 'name', '-name', '^passwd$', '-name', '^shadow$']],
  ])('%j', (args) => {
    expect(parse(args)).toMatchObject({ searches: { s1: {} } });
  });

  test('with any absolute path and any size of one to six digits', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^\/[^\0]{0,20}$/),
        // Up to six digits, because 2^63 bytes are 8,388,608 t.
        fc.stringMatching(/^[<>]?[0-9]{1,6}[kmgt]?$/),
        (path, size) => {
          expect(parse([`-path=${path}`, '-size', size])).toBeDefined();
        },
      ),
    );
  });
});

test('parseFlags keeps MIG’s behaviour', () => {
  expect(file.parseFlags(['-path', 'etc', '-size', '>', 'stray', '-name', 'a'])).toMatchObject({
    searches: { s1: { paths: ['etc'], sizes: ['>'] } },
  });
});
