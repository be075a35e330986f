import type { Completion } from './completions.ts';

/** The completion for fish. */
export function fishCompletion(lines: readonly Completion[]): string {
  return `# Completion of mig: mig completion fish | source
function __mig_words
    set -l words (commandline -opc)
    for i in (seq (count $words) -1 2)
        if test "$words[$i]" = +
            printf '%s\\n' mig $words[$i..-1]
            return
        end
    end
    printf '%s\\n' $words
end
function __mig_after
    set -l words (__mig_words)
    set -l last (math 1 + (count $argv))
    test (count $words) -ge $last; and test "$words[2..$last]" = "$argv"
end
function __mig_at
    test (count (__mig_words)) -eq (math 1 + (count $argv)); or return 1
    test (count $argv) -eq 0; or __mig_after $argv
end
complete -c mig -f
${lines.flatMap(linesOf).join('\n')}`;
}

function linesOf({ command, words, flags, takesFile, takesQuestion }: Completion): string[] {
  const at = `-n '${['__mig_at', command].join(' ').trim()}'`;
  const after = `-n '__mig_after ${command}'`;
  return [
    ...(words.length > 0 ? [`complete -c mig ${at} -a '${words.join(' ')}'`] : []),
    ...(takesQuestion ? [`complete -c mig ${at} -a '(mig completion questions 2>/dev/null)'`] : []),
    ...(takesFile ? [`complete -c mig ${after} -F`] : []),
    ...flags.map((flag) => `complete -c mig ${after} ${flagOf(flag)}`),
  ];
}

function flagOf({ name, values, takesFile }: Completion['flags'][number]): string {
  // Words with one hyphen are old-style options to fish, or short ones.
  const word = name.replace(/^-+/, '');
  const kind = name.startsWith('--') ? '-l' : word.length === 1 ? '-s' : '-o';
  if (values.length > 0) return `${kind} ${word} -x -a '${values.join(' ')}'`;
  return takesFile ? `${kind} ${word} -r -F` : `${kind} ${word}`;
}
