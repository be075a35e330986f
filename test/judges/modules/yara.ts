import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModuleResult } from '../../../contract/module-result.ts';
import { linesOf } from '../programs.ts';
import type { ModuleQuestions, Question } from '../question.ts';

interface Match {
  Object: string;
  MatchedRules: string[];
}

const digestBy = (name: string) => (text: string) => createHash(name).update(text).digest('hex');
const [md5, sha256] = [digestBy('md5'), digestBy('sha256')];

/** Each rule set with what it tests. */
const RULES: Record<string, string> = {
  'texts and bytes': `
    rule text { strings: $a = "needle" condition: $a }
    rule any_case { strings: $a = "NEEDLE" nocase condition: $a }
    rule word { strings: $a = "needle" fullword condition: $a }
    rule utf16 { strings: $a = "needle" wide condition: $a }
    rule hex { strings: $a = { 6e 65 ?? 64 [0-4] 65 } condition: $a }
    rule alternatives { strings: $a = { ( 6e | 4e ) 65 65 } condition: $a }`,
  'regular expressions': `
    rule plain { strings: $a = /ne+dle [0-9]{2,4}/ condition: $a }
    rule insensitive { strings: $a = /NE+DLE/i condition: $a }
    rule edge { strings: $a = /\\bneedle\\b/ condition: $a }`,
  counts: `
    rule three { strings: $a = "needle" condition: #a >= 3 }
    rule first { strings: $a = "needle" condition: $a at 0 }
    rule near { strings: $a = "needle" condition: $a in (0..20) }
    rule two_of_three { strings: $a = "needle" $b = "hay" $c = "straw" condition: 2 of ($a, $b, $c) }
    rule absent { strings: $a = "needle" condition: not $a }
    rule loop { strings: $a = "needle" condition: for any i in (1..#a) : ( @a[i] > 100 ) }`,
  'sizes and numbers': `
    rule small { condition: filesize < 1KB }
    rule elf { condition: uint32(0) == 0x464c457f }
    rule big_endian { condition: uint16be(0) == 0x6e65 }
    private rule hidden { condition: filesize > 5 }
    rule uses { condition: hidden and filesize < 50 }`,
  modules: `
    import "hash"
    import "math"
    import "elf"
    rule digest { condition: hash.md5(0, filesize) == "${md5('needle 42')}" }
    rule part { condition: hash.sha256(0, 6) == "${sha256('needle')}" }
    rule entropy { condition: filesize > 0 and math.entropy(0, filesize) < 3.0 }
    rule executable { condition: elf.type == elf.ET_EXEC or elf.type == elf.ET_DYN }`,
};

export const yaraQuestions: ModuleQuestions = {
  module: 'yara',
  async open(resources) {
    const folder = mkdtempSync(join(tmpdir(), 'mig-judges-'));
    resources.defer(() => rmSync(folder, { recursive: true, force: true }));
    const tree = join(folder, 'tree');
    makeTree(tree);
    return [
      ...Object.entries(RULES).map(([what, rules], index) =>
        question(what, { rules, file: join(folder, `${index}.yar`), tree }),
      ),
      question('programs of this machine', {
        rules:
          'rule elf { strings: $a = { 7f 45 4c 46 } condition: $a at 0 } rule shell { strings: $a = "/bin/sh" condition: $a }',
        file: join(folder, 'machine.yar'),
        tree: '/usr/sbin',
      }),
      {
        what: 'rules that do not compile',
        parameters: { yara: 'rule broken { condition: $a }', filesearch: `-path ${tree} -name .` },
        mig: {
          explained: [
            {
              lines: /^(ours|theirs) error /,
              because: 'the compiler of YARA-X has other words, and names the place',
            },
          ],
        },
      },
      { what: 'no rules', parameters: { yara: '', filesearch: `-path ${tree} -name .` } },
    ];
  },
};

function makeTree(tree: string): void {
  mkdirSync(join(tree, 'deep'), { recursive: true });
  writeFileSync(join(tree, 'one'), 'needle 42');
  writeFileSync(join(tree, 'upper'), 'a NEEDLE in the hay');
  writeFileSync(join(tree, 'joined'), 'needles and haystraw');
  writeFileSync(join(tree, 'wide'), Buffer.from('needle', 'utf16le'));
  writeFileSync(join(tree, 'empty'), '');
  writeFileSync(join(tree, 'deep', 'many'), `${'x'.repeat(200)}needle needle,needle\n`.repeat(20));
  writeFileSync(join(tree, 'deep', 'elf'), Buffer.from('7f454c46020101', 'hex'));
}

function question(
  what: string,
  { rules, file, tree }: { rules: string; file: string; tree: string },
): Question {
  writeFileSync(file, rules);
  return {
    what,
    parameters: { yara: rules, filesearch: `-path ${tree} -name .` },
    judges: [{ program: 'yara', theirs: () => linesOf(['yara', '-w', '-r', file, tree]), ours: matchesOf }],
    mig: { facts: matchesOf },
  };
}

/** As yara prints them: the rule, and the file. */
function matchesOf({ elements, success, errors }: ModuleResult): string[] {
  if (!success) return (errors ?? []).map((error) => `error ${error}`);
  const { Matches } = elements as { Matches: Match[] | null };
  return (Matches ?? []).flatMap(({ Object: path, MatchedRules }) =>
    MatchedRules.map((rule) => `${rule} ${path}`),
  );
}
