/** Shells that can be taught. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** Told on the first line of an answer of `streamctl complete`: what the shell does with the words below it. */
export type Directive = 'words' | 'nospace' | 'files' | 'directories'

/**
 * What a shell reads to complete command lines: a function that asks `streamctl complete` for each word. So it never has to
 * be made anew when commands change.
 */
export const scripts: Record<Shell, string> = {
  bash: `# streamctl completion for bash: source <(streamctl completion bash)
_streamctl() {
  local rest=\${COMP_LINE:0:COMP_POINT} trimmed word i directive line
  local -a words=()
  # bash takes a colon and an equals sign for the end of a word; put together again what has no space between.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    trimmed=\${rest#"\${rest%%[![:space:]]*}"}
    word=\${COMP_WORDS[i]}
    if ((i == COMP_CWORD)); then word=$trimmed; fi
    if [[ $trimmed == "$rest" ]] && ((\${#words[@]} > 0)); then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    rest=\${trimmed#"$word"}
  done
  local current=\${words[\${#words[@]}-1]}
  # What stands before the last of these signs is not replaced.
  local tail=$current
  if [[ $COMP_WORDBREAKS == *:* ]]; then tail=\${tail##*:}; fi
  if [[ $COMP_WORDBREAKS == *=* ]]; then tail=\${tail##*=}; fi
  local kept=\${current%"$tail"}
  COMPREPLY=()
  {
    IFS= read -r directive
    case $directive in
      files) compopt -o default 2>/dev/null ;;
      directories) compopt -o dirnames 2>/dev/null ;;
      nospace) compopt -o nospace 2>/dev/null ;;
    esac
    while IFS= read -r line; do
      line=\${line%%$'\\t'*}
      COMPREPLY+=("$(printf '%q' "\${line#"$kept"}")")
    done
  } < <(streamctl complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _streamctl streamctl
`,
  zsh: `#compdef streamctl
# streamctl completion for zsh: source <(streamctl completion zsh), or save it as _streamctl in a directory of $fpath
_streamctl() {
  local -a lines candidates
  local line word
  lines=("\${(@f)$(streamctl complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  case $lines[1] in
    files) _files; return ;;
    directories) _files -/; return ;;
  esac
  for line in "\${(@)lines[2,-1]}"; do
    word=\${line%%$'\\t'*}
    candidates+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
  done
  if [[ $lines[1] == nospace ]]; then
    _describe 'streamctl' candidates -S ''
  else
    _describe 'streamctl' candidates
  fi
}
if [[ $funcstack[1] == _streamctl ]]; then
  _streamctl "$@"
else
  compdef _streamctl streamctl
fi
`,
  fish: `# streamctl completion for fish: streamctl completion fish > ~/.config/fish/completions/streamctl.fish
function __streamctl_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -e words[1]
    set -l lines (streamctl complete -- $words "$current" 2>/dev/null)
    switch "$lines[1]"
        case files
            __fish_complete_path "$current"
        case directories
            __fish_complete_directories "$current"
        case '*'
            if test (count $lines) -gt 1
                printf '%s\\n' $lines[2..-1]
            end
    end
end
complete -c streamctl -f -a '(__streamctl_complete)'
`,
}
