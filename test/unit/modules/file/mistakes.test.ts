import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fileInterface } from '../../../../modules/file/interface.ts';
import { parseInvestigatorFlags } from '../../../../modules/schemas.ts';

const parse = (args: readonly string[]) => parseInvestigatorFlags(fileInterface, args);
const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';

// MIG takes each of these lines, and finds nothing anywhere.
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
  [['-path', '/etc', '-mtime', '<d'], '-mtime "<d": has no number over 0'],
  [['-path', '/etc', '-mtime', '<0d'], 'has no number over 0'],
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
  [['-path', '/etc', '-name', 'a', 'b'], 'unexpected word "b"'],
  [['path', '/etc', '-name', 'a'], 'unexpected word "path" before "/etc"'],
])('%j is refused before launch, and taken by MIG’s own reading of it', (args, words) => {
  expect(() => parse(args)).toThrow(words);
});

describe('what means something is left alone', () => {
  test.each([
    [['-path', '/etc', '-name', '.']],
    [['-path', 'C:\\Windows', '-name', 'a']],
    [['-path', '\\\\server\\share', '-name', 'a']],
    [['-path', '/etc', '-size', '0']],
    [['-path', '/etc', '-maxdepth', '0', '-matchlimit', '0', '-maxerrors', '0', '-name', 'a']],
    [['-path', '/etc', '-content', '"password"']],
    [['-path', '/etc', '-mode', '^-rw']],
    [['-path', '/etc', '-mode', '^-rws|^u']],
    [['-path', '/etc', '-mode', '^-rws?']],
    [['-path', '/etc', '-name', 'a', '-returnsha256']],
    [['-path', '/etc', '-name', 'a', '-name', '!b']],
    [['-path', '/etc', '-md5', MD5, '-md5', MD5.toUpperCase()]],
    [['-path', '/etc', '-matchany', '-name', '^passwd$', '-name', '^shadow$']],
    [['-path', '/etc', '-mismatch', 'name', '-name', '^passwd$', '-name', '^shadow$']],
  ])('%j', (args) => {
    expect(parse(args)).toMatchObject({ searches: { s1: {} } });
  });

  test('whatever path is absolute and whatever size has digits', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^\/[^\0]{0,20}$/),
        fc.stringMatching(/^[<>]?[0-9]{1,9}[kmgt]?$/),
        (path, size) => {
          expect(parse([`-path=${path}`, '-size', size])).toBeDefined();
        },
      ),
    );
  });
});

test('parseFlags keeps MIG’s behaviour', () => {
  expect(fileInterface.parseFlags(['-path', 'etc', '-size', '>', 'stray', '-name', 'a'])).toMatchObject({
    searches: { s1: { paths: ['etc'], sizes: ['>'] } },
  });
});
