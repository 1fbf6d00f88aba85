# SPDX-License-Identifier: LGPL-2.1-only
# Clusters in a directory (twin.c), and what must hold after a run on one.
# $BUILD is the build directory, $T a directory that is the caller's.

# Two racks of two hosts each, one uplink; 8 GiB for guests on each host.
new_cluster() { # NAME
    SIM=$T/$1
    rm -rf "$SIM"
    mkdir -p "$SIM"/{hosts,dom,devices,device,arriving,left,ids,inject,down,dirty,load,fronts,heldby,state,runtime,bin,boot,samples,watts,most,reads,looks,talks,stiff,had}
    : > "$SIM/log"
    ln -s "$BUILD/tests/exec_twin" "$SIM/bin/rackhop"
    ln -s "$BUILD/tests/exec_twin" "$SIM/ssh"
    cat > "$SIM/plan.dot" <<END
graph G {
    tor1 [kind=switch]; tor2 [kind=switch]; spine [kind=switch];
    "h1":"eth0" -- "tor1":"1" [mbps=1000];
    "h2":"eth0" -- "tor1":"2" [mbps=1000];
    "h3":"eth0" -- "tor2":"1" [mbps=1000];
    "h4":"eth0" -- "tor2":"2" [mbps=1000];
    "tor1":"9" -- "spine":"1" [mbps=1000];
    "tor2":"9" -- "spine":"2" [mbps=1000];
}
END
    cat > "$SIM/conf" <<END
hosts = [ "h1=addr-h1", "h2=addr-h2", "h3=addr-h3", "h4=addr-h4" ]
ssh_command = "$SIM/ssh"
topology_plan = "$SIM/plan.dot"
ssh_timeout_s = 20
log_moves = "no"
END
    for h in 1 2 3 4; do
        echo "9216 1024" > "$SIM/hosts/h$h"
        boots "h$h"
    done
    export SIM REAL=$BUILD/rackhop RACKHOP_CONF=$SIM/conf
    export RACKHOP_WIRE=$BUILD/rackhop-wire
    export RACKHOP_STATE_DIR=$SIM/state/admin RACKHOP_RUN_DIR=$SIM/runtime/admin
}
boots() { # HOST: another boot of it
    local n=0
    [ ! -s "$SIM/boot/$1" ] || n=$((10#$(tail -c 13 "$SIM/boot/$1")))
    printf '00000000-0000-4000-8000-%012d\n' $((n + 1)) > "$SIM/boot/$1"
}
guest() { # NAME HOST MIB: its uuid is made of its name
    printf '%s %s %s' "$1" "$2" "$3" > "$SIM/dom/$(uuid "$1")"
}
uuid() { # NAME
    printf '00000000-0000-0000-0000-%012d' "$((16#$(printf '%s' "$1" | od -An -tx1 | tr -d ' \n' | tail -c 8)))"
}
where() { # NAME
    read -r _ host _ < "$SIM/dom/$(uuid "$1")"
    echo "$host"
}
inject() { # NAME WORD...
    local n=$1
    shift
    printf '%s ' "$@" > "$SIM/inject/$(uuid "$n")"
}
dirties() { # NAME MIB_S: what is measured of it
    printf '%s' "$2" > "$SIM/dirty/$(uuid "$1")"
}
uses() { # NAME CPUS VCPUS: what it uses
    printf '%s %s' "$2" "$3" > "$SIM/load/$(uuid "$1")"
}
reads() { # NAME PAGES: a second, from swap
    printf '%s' "$2" > "$SIM/reads/$(uuid "$1")"
}
talks() { # NAME ADDRESS TO MBPS: what it sends, by the last two digits of both
    printf '"macs":["00:16:3e:00:00:%s"],"talks":[{"mac":"00:16:3e:00:00:%s","mbps":%s,"mbps_p25":%s}]' \
        "$2" "$3" "$4" "$4" > "$SIM/talks/$(uuid "$1")"
}
shows() { # HOST METRIC NOW USUAL: a second, or as it is
    printf '"%s":{"mean_10m":%s,"p50_day":%s}' "$2" "$3" "$4" > "$SIM/samples/$1"
}
moves() { # NAME: how often it was really moved
    grep -c "^begin [^ ]* $1 " "$SIM/log"
}
# What holds after every run: nothing was violated, every claim was given back.
sound() {
    local bad=0 h
    if grep VIOLATION "$SIM/log"; then bad=1; fi
    for h in "$SIM"/state/h?; do
        [ -d "$h" ] || continue
        if RACKHOP_STATE_DIR=$h "$BUILD/rackhop" claim list | grep .; then
            echo "a claim is left in $h"
            bad=1
        fi
    done
    return $bad
}
# Until a condition holds; the test's own deadline is the only time in it.
until_true() { # COMMAND..
    local i
    # What is no command at all would be "not true" until the very end.
    type -t "$1" > /dev/null || { echo "not a command: $1"; exit 1; }
    for ((i = 0; i < 1800; i++)); do
        "$@" && return 0
        sleep 0.05
    done
    echo "never true: $*"
    exit 1
}
