#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only
# Who may include whom: topology <- scheduler <- tools, libxl-ext <- tools.
# A header of another folder is always written with its folder, so a look at
# the #include lines proves the layers; outside libraries have one file each.
cd "$(dirname "$0")/.." || exit 1
bad=0
complain() { echo "check-layers: $*" >&2; bad=1; }

includes() { # FOLDER: "file:header" for each quoted include with a folder
    grep -rnoE '^#[[:space:]]*include[[:space:]]*"[^"]+"' "$1" \
        --include='*.c' --include='*.h' |
        sed -E 's/^([^:]+):[0-9]+:.*"([^"]+)"/\1 \2/'
}
public='topology/topology.h topology/source.h topology/sim.h scheduler/scheduler.h scheduler/sim.h libxl-ext/migrate.h libxl-ext/policy.h
    libxl-ext/facts.h libxl-ext/dirty.h libxl-ext/handover.h'
allowed() { # FOLDER HEADER
    case $2 in */*) ;; *) return 0 ;; esac
    case $1:$2 in
    topology:topology/*|scheduler:scheduler/*|libxl-ext:libxl-ext/*|tools:tools/*) return 0 ;;
    scheduler:topology/topology.h) return 0 ;;
    tools:*) for p in $public; do [ "$2" = "$p" ] && return 0; done ;;
    esac
    return 1
}
for f in topology scheduler libxl-ext tools; do
    while read -r file header; do
        [ -n "$file" ] || continue
        allowed $f "$header" || complain "$file may not include \"$header\""
    done <<EOF
$(includes $f)
EOF
done

# pattern of the header, the files that may include it
one_place() {
    pat=$1; shift
    for file in $(grep -rlE "^#[[:space:]]*include[[:space:]]*<$pat" \
        topology scheduler libxl-ext tools --include='*.c' --include='*.h'); do
        ok=no
        # shellcheck disable=SC2254
        for g; do case $file in $g) ok=yes ;; esac; done
        [ $ok = yes ] || complain "$file may not include <$pat>"
    done
}
one_place 'yajl/' tools/doc/json.c tools/doc/json_out.c
one_place 'sqlite3\.h' tools/store/store_sqlite.c
one_place 'libxlutil\.h' tools/config.c
one_place 'lldpctl\.h' topology/source_lldpd.c
one_place 'net-snmp/' topology/source_snmp.c
one_place 'netlink/' topology/netlink.c
one_place 'libxl' 'libxl-ext/*' tools/config.c
one_place 'xen' 'libxl-ext/*' tools/log.c 'tools/log.h' tools/config.c
[ $bad = 0 ] && echo "check-layers: ok"
exit $bad
