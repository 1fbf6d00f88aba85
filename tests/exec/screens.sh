# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# Terminals of a size, for golden tests of what stands on them; $T is a directory
# that is the caller's.

tm() { tmux -S "$T/tmux" -f /dev/null "$@"; }
screens_begin() {
    export TERM=screen
    # Its server would outlive a script that is ended half-way.
    trap 'tm kill-server 2> /dev/null' EXIT
    # The server ends with its last session: this one, which shows nothing.
    tm new-session -d -s first cat
    tm set-option -g status off
}
begin() { # COLUMNS ROWS COMMAND: it runs on a terminal of its own
    tm new-session -d -s it -x "$1" -y "$2" \
        "$3; tmux -S $T/tmux wait-for -S ended; read -r"
}
ended() { # waits until it has
    timeout 90 tmux -S "$T/tmux" wait-for ended || echo "it has not ended"
}
plain() { # what changes from run to run
    sed -E 's/[0-9]{8}-[0-9]{6}-[0-9a-f]{4}/RUN/g; s/[0-9]{4}-[0-9-]+T[0-9:]+Z/WHEN/g
        s/ of [^ ,)]+\)/ of HERE)/; s/the run took [0-9.]+ s/the run took N s/
        s/\([0-9.]+ times that\)$/(N times that)/; s/[0-9]+ s ago/N s ago/
        s/( failed) +[0-9.]+ s$/\1 N s/; s/ +$//'
}
show() { # the screen as it is, and how wide it was filled
    tm capture-pane -t it -p | plain | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}
screen() { # COLUMNS ROWS COMMAND: what stands there when it has ended
    echo "==== $1x$2: ${3//$RACKHOP/rackhop}"
    begin "$@"
    ended
    show
    tm kill-session -t it
}
appears() { until_true eval "tm capture-pane -t it -p | grep -q '$1'"; }
