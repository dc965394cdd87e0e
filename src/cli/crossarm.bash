# bash completion for crossarm: commands and options come from the --help texts, so that they are never out of date.
_crossarm()
{
        local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]} i
        COMPREPLY=()
        if ((COMP_CWORD == 1)); then
                mapfile -t COMPREPLY < <(compgen -W "$("$program" --help 2>/dev/null | sed -n 's/^  \([a-z-]*\) .*/\1/p')" -- "$cur")
                return
        fi
        for ((i = 2; i < COMP_CWORD; i++)); do
                [[ ${COMP_WORDS[i]} == -- ]] && return
        done
        case $prev in
        -w | --workdir) mapfile -t COMPREPLY < <(compgen -d -- "$cur") && return ;;
        -u | --user) mapfile -t COMPREPLY < <(compgen -u -- "$cur") && return ;;
        -e | --env) mapfile -t COMPREPLY < <(compgen -v -- "$cur") && return ;;
        esac
        local help
        help=$("$program" "${COMP_WORDS[1]}" --help 2>/dev/null)
        # An action's own help, once it is there.
        if ((COMP_CWORD > 2)) && [[ $help == *$'\nActions:\n'* && ${COMP_WORDS[2]} != -* ]]; then
                help=$("$program" "${COMP_WORDS[1]}" "${COMP_WORDS[2]}" --help 2>/dev/null)
                # Those that take a machine: which there are.
                if [[ ${COMP_WORDS[1]} == vm && $cur != -* && $help =~ ^[^$'\n']*' '(NAME|\[?MACHINE) ]]; then
                        mapfile -t COMPREPLY < <(compgen -W "$("$program" vm list 2>/dev/null | sed -n '2,$s/ .*//p')" -- "$cur")
                        ((${#COMPREPLY[@]})) && return
                fi
        fi
        if [[ $cur == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$(grep -o -- '--[a-z][a-z-]*' <<<"$help" | sort -u)" -- "$cur")
                return
        fi
        # The words of a command with sub-commands: "  word  what it does" under "Actions:" of its help.
        if ((COMP_CWORD == 2)) && [[ $help == *$'\nActions:\n'* ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$(sed -n '/^Actions:/,/^$/s/^  \([a-z-]*\) .*/\1/p' <<<"$help")" -- "$cur")
                return
        fi
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -F _crossarm crossarm
