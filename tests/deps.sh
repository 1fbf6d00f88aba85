#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only
# deps.sh PACKAGE=PROBE...: install what is missing (Debian, root), or name it.
# The list is in Config.mk. With everything in place it touches no network.
set -u
missing=
have() {
    case $1 in
    pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
    cmd:*) PATH=$PATH:/usr/sbin:/sbin command -v "${1#cmd:}" >/dev/null 2>&1 ;;
    so:*) PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null |
            grep -q "lib${1#so:}\.so" ;;
    py:*) /usr/bin/python3 -c "import ${1#py:}" 2>/dev/null ;;
    h:*) for d in /usr/include /usr/include/*-linux-gnu /usr/local/include; do
            [ -e "$d/${1#h:}" ] && return 0
        done
        return 1 ;;
    esac
}
debian=no
[ -x /usr/bin/apt-get ] && [ -x /usr/bin/dpkg-query ] && debian=yes
for row; do
    p=${row%%=*} probe=${row#*=}
    if [ $debian = yes ]; then
        dpkg-query -W -f '${Status}' "$p" 2>/dev/null |
            grep -q 'ok installed' && continue
        # a program that came another way will do; headers must be Debian's
        case $probe in cmd:*) case $p in libclang*) ;; *) have "$probe" && continue ;; esac ;; esac
    else
        have "$probe" && continue
    fi
    missing="$missing $p"
done
[ -n "$missing" ] || exit 0
if [ $debian = no ]; then
    echo "deps: this is not a Debian system; please install (Debian's names):$missing" >&2
    exit 1
fi
if [ "$(id -u)" != 0 ]; then
    echo "deps: missing packages; as root: apt-get install$missing" >&2
    exit 1
fi
echo "deps: installing$missing"
export DEBIAN_FRONTEND=noninteractive
opts="-q -o DPkg::Lock::Timeout=300"
# shellcheck disable=SC2086
apt-get $opts update >/dev/null &&
    apt-get $opts install -y --no-install-recommends $missing >/dev/null || {
    echo "deps: apt-get could not install$missing" >&2
    exit 1
}
