# hubspoke's completion for bash: eval "$(hubspoke completion bash)" in ~/.bashrc

_hubspoke() {
    local line=${COMP_LINE:0:COMP_POINT} at current breaks= char word meaning
    local -a words
    COMPREPLY=()
    for ((at = 1; at < COMP_CWORD; at++)); do
        if [[ ${COMP_WORDS[at]} == -- ]]; then
            _hubspoke_command $((at + 1))
            return
        fi
    done
    # Not COMP_WORDS: readline cuts a word at each = and @, which a role's name may hold.
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    current=${words[${#words[@]} - 1]}
    while IFS=$'\t' read -r word meaning; do
        COMPREPLY+=("$word")
    done < <(hubspoke completion candidates -- "${words[@]:1}" 2>/dev/null </dev/null)
    # What stands before the last cut is there already.
    for char in = @ :; do
        [[ $COMP_WORDBREAKS == *"$char"* ]] && breaks+=$char
    done
    if [[ -n $breaks && $current == *["$breaks"]* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*["$breaks"]}"}"}")
    fi
}

# What follows -- is another command's line.
_hubspoke_command() {
    if declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif ((COMP_CWORD == $1)); then
        COMPREPLY=($(compgen -c -- "${COMP_WORDS[COMP_CWORD]}"))
    else
        compopt -o default 2>/dev/null
    fi
}

complete -F _hubspoke hubspoke
