#compdef hubspoke
# hubspoke's completion for zsh: eval "$(hubspoke completion zsh)" in ~/.zshrc, after compinit;
# or as a file _hubspoke in a folder of fpath.

_hubspoke() {
    local at=${words[(i)--]} word meaning
    local -a found shown
    # What follows -- is another command's line.
    if (( at < CURRENT )); then
        shift $at words
        (( CURRENT -= at ))
        _normal
        return
    fi
    while IFS=$'\t' read -r word meaning; do
        found+=("$word")
        shown+=("$word${meaning:+  -- $meaning}")
    done < <(hubspoke completion candidates -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null </dev/null)
    compadd -l -d shown -a found
}

if [[ ${funcstack[1]-} == _hubspoke ]]; then
    _hubspoke "$@"
else
    compdef _hubspoke hubspoke
fi
