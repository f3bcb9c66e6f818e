#!/bin/sh
# Set up the shells that the tests evaluate our output in: `sh tests/support/shells.sh DIR` makes
# DIR/bin/{bash,zsh,fish,tcsh}. One that is on PATH is taken; what is missing comes from Debian's packages,
# unpacked below DIR: nothing is installed, and nobody needs to be root.
set -eu

mkdir -p "$1"
dir=$(cd "$1" && pwd)
mkdir -p "$dir/bin" "$dir/empty" "$dir/zdotdir"
: > "$dir/empty/.zshenv" # without any file, zsh asks a new user questions

packages=
for shell in bash zsh fish tcsh; do
    rm -f "$dir/bin/$shell"
    if found=$(command -v "$shell"); then
        printf '#!/bin/sh\nZDOTDIR="%s" exec "%s" "$@"\n' "$dir/empty" "$found" > "$dir/bin/$shell"
        chmod +x "$dir/bin/$shell"
    else
        case $shell in
            zsh) packages="$packages zsh zsh-common" ;;
            fish) packages="$packages fish fish-common libpcre2-32-0" ;;
            *) packages="$packages $shell" ;;
        esac
    fi
done

if [ -n "$packages" ]; then
    if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
        echo "make test needs these on PATH, and there is no apt-get to get them by:$packages" >&2
        exit 1
    fi
    mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial" "$dir/apt/deb" "$dir/root"
    # apt's own options, in a file: its -o would cut a path at a space's quoting.
    cat > "$dir/apt/conf" <<EOF
Dir::State::lists "$dir/apt/lists";
Dir::Cache "$dir/apt/cache";
APT::Sandbox::User "$(id -un)";
EOF
    APT_CONFIG="$dir/apt/conf"
    export APT_CONFIG
    # $packages is a list of words.
    # shellcheck disable=SC2086
    if ! (apt-get update -qq && cd "$dir/apt/deb" && apt-get download -qq $packages) >"$dir/apt/log" 2>&1; then
        echo "make test needs these on PATH, and apt-get can't get them (see $dir/apt/log):$packages" >&2
        exit 1
    fi
    for package in "$dir"/apt/deb/*.deb; do
        dpkg -x "$package" "$dir/root"
    done
    rm -rf "$dir/apt"
fi

libraries=$(find "$dir/root" -name 'libpcre2-32.so.0' -exec dirname {} \; 2>/dev/null | head -n 1)
share=$dir/root/usr/share/fish
for path in "$dir"/root/bin/tcsh "$dir"/root/bin/zsh "$dir"/root/bin/bash "$dir"/root/usr/bin/fish; do
    shell=$(basename "$path")
    if [ -x "$path" ] && [ ! -e "$dir/bin/$shell" ]; then
        # fish is told by its start where its own functions and completions are.
        start=
        [ "$shell" = fish ] && start="-C 'set fish_function_path \"$share/functions\"; set fish_complete_path \"$share/completions\"'"
        printf '#!/bin/sh\nZDOTDIR="%s" LD_LIBRARY_PATH="%s" exec "%s" %s "$@"\n' \
            "$dir/zdotdir" "$libraries" "$path" "$start" > "$dir/bin/$shell"
        chmod +x "$dir/bin/$shell"
    fi
done

# An unpacked zsh looks for its modules and functions where it would be installed.
cat > "$dir/zdotdir/.zshenv" <<EOF
module_path=("$dir"/root/usr/lib/*/zsh/*(N))
fpath=("$dir"/root/usr/share/zsh/functions/**/*(/N) "$dir"/root/usr/share/zsh/functions)
EOF

for shell in bash zsh fish tcsh; do
    if [ "$("$dir/bin/$shell" -c 'echo up' 2>/dev/null)" != up ]; then
        echo "make test needs $shell, and the one found doesn't run" >&2
        exit 1
    fi
done
