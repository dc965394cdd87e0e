# bash completion for crossarm
_crossarm()
{
        local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i
        COMPREPLY=()
        if ((COMP_CWORD == 1)); then
                mapfile -t COMPREPLY < <(compgen -W 'run --help --version' -- "$cur")
                return
        fi
        [[ ${COMP_WORDS[1]} == run ]] || return
        case $prev in
        -w | --workdir) mapfile -t COMPREPLY < <(compgen -d -- "$cur") && return ;;
        -u | --user) mapfile -t COMPREPLY < <(compgen -u -- "$cur") && return ;;
        -e | --env) mapfile -t COMPREPLY < <(compgen -v -- "$cur") && return ;;
        -b | --bind) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
        esac
        if [[ $cur == -* ]]; then
                for ((i = 2; i < COMP_CWORD; i++)); do
                        [[ ${COMP_WORDS[i]} == -- ]] && return
                done
                mapfile -t COMPREPLY < <(compgen -W '--env --workdir --user --bind --as-root --no-binfmt --help' -- "$cur")
                return
        fi
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -F _crossarm crossarm
