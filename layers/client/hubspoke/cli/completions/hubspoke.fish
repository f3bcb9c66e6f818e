# hubspoke's completion for fish: a file hubspoke.fish in ~/.config/fish/completions

function __hubspoke_candidates
    command -q hubspoke; or return
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -e words[1]
    hubspoke completion candidates -- $words "$current" 2>/dev/null </dev/null
end

function __hubspoke_is_command
    contains -- -- (commandline -opc)
end

# What follows -- is another command's line.
function __hubspoke_command
    set -l words (commandline -opc)
    set -l at (contains -i -- -- $words)
    set -e words[1..$at]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct | string collect --allow-empty))
end

complete -c hubspoke -f
complete -c hubspoke -n 'not __hubspoke_is_command' -a '(__hubspoke_candidates)'
complete -c hubspoke -n __hubspoke_is_command -a '(__hubspoke_command)'
