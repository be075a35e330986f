import type { Completion } from './completions.ts';

/** The completion for bash. zsh runs it, too, with its `bashcompinit`. */
export function bashCompletion(lines: readonly Completion[]): string {
  return `# Completion of mig: source <(mig completion bash)
_mig_line() {
  case $1 in
${lines.map(lineCase).join('\n')}
    *) return 1 ;;
  esac
}
_mig_values() {
  case $1 in
${lines.flatMap(valueCases).join('\n')}
    *) return 1 ;;
  esac
}
_mig() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local command="" words="" flags="" files="" questions="" values="" from=0 i
  for ((i = 2; i < COMP_CWORD; i++)); do if [ "\${COMP_WORDS[i]}" = + ]; then from=$((i - 1)); fi; done
  local at=$((from + 1))
  if [ "$COMP_CWORD" -gt "$at" ]; then command=\${COMP_WORDS[at]} at=$((at + 1)); fi
  if [ "$COMP_CWORD" -gt "$at" ] && _mig_line "$command \${COMP_WORDS[at]}"; then command="$command \${COMP_WORDS[at]}" at=$((at + 1)); fi
  _mig_line "$command" || return 0
  COMPREPLY=()
  if _mig_values "$command $prev"; then
    if [ "$values" = "<file>" ]; then COMPREPLY=($(compgen -f -- "$cur"))
    else COMPREPLY=($(compgen -W "$values" -- "$cur")); fi
  elif [ "\${cur#-}" != "$cur" ]; then COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  else
    # Names of saved questions are plain words: mig refuses all others.
    if [ -n "$questions" ] && [ "$COMP_CWORD" -eq "$at" ]; then words="$words $("\${COMP_WORDS[0]}" completion questions 2>/dev/null)"; fi
    if [ "$COMP_CWORD" -eq "$at" ]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); fi
    if [ -n "$files" ]; then COMPREPLY+=($(compgen -f -- "$cur")); fi
  fi
}
complete -o filenames -F _mig mig`;
}

/** The completion for zsh: that for bash, run by the functions that zsh has for it. */
export function zshCompletion(lines: readonly Completion[]): string {
  const [, ...body] = bashCompletion(lines).split('\n');
  return `# Completion of mig: source <(mig completion zsh)
autoload -Uz compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit
${body.join('\n')}`;
}

function lineCase({ command, words, flags, takesFile, takesQuestion }: Completion): string {
  const names = flags.map(({ name }) => name).join(' ');
  return `    '${command}') words='${words.join(' ')}' flags='${names}' files='${takesFile ? 'yes' : ''}' questions='${takesQuestion ? 'yes' : ''}' ;;`;
}

function valueCases({ command, flags }: Completion): string[] {
  return flags.flatMap(({ name, values, takesFile }) => {
    if (values.length > 0) return [`    '${command} ${name}') values='${values.join(' ')}' ;;`];
    return takesFile ? [`    '${command} ${name}') values='<file>' ;;`] : [];
  });
}
