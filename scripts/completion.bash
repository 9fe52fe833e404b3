# SPDX-License-Identifier: Apache-2.0
# Completion of tum's command line for bash: commands, options as the program itself lists
# them, campaign files. Installed as bash-completion/completions/tum.

_tum() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} words=
    local commands='check eval flaky gate history last list lsp merge render report schema status'

    case " $commands " in
    *" $command "*) ;;
    *) command= ;;
    esac
    case $before in
    -t | --report-type) words='sqlite junit json html text' ;;
    -f | --format) words='text json junit html' ;;
    --shard-by) words='duration hash' ;;
    --report-dir | --record | --replay)
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        return
        ;;
    esac
    if [ -z "$words" ] && [[ $word == -* ]]; then
        local help=(--help-all)
        [ -z "$command" ] || help=("$command" --help)
        words=$("${COMP_WORDS[0]}" "${help[@]}" 2>/dev/null |
            grep -oE -- '(^|[ (,])--?[a-z0-9][a-z0-9-]*' | tr -d ' (,')
    fi
    if [ -n "$words" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
        return
    fi
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(
        [ "$COMP_CWORD" -ne 1 ] || compgen -W "$commands" -- "$word"
        compgen -d -- "$word"
        if [ "$command" = report ]; then
            compgen -f -X '!*.db' -- "$word"
        else
            compgen -f -X '!*.tum' -- "$word"
        fi
    )
}
complete -F _tum tum
