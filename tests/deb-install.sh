#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# deb-install.sh: install the packages as a user would, each in a fresh system
# of its Debian release in a folder: apt finds all they depend on, the program
# runs, files are where they belong, and removal leaves nothing. Root.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "skip: installing the package needs root"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mirrors() { # SUITE: this machine's own, with the other suite's name
    local key=signed-by=/usr/share/keyrings/debian-archive-keyring.gpg
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI) $(CODENAME)' \
        'Created-By: Packages' | sort -u | sed -n "
        s|^\(.*/debian/*\) [a-z]*\$|deb [$key] \1 $1 main|p
        s|^\(.*\) [a-z]*-security\$|deb [$key] \1 $1-security main|p" | sort -u
}
cat > "$work/inside" <<'X'
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q install -y --no-install-recommends /rackhop-admin.deb > /dev/null
rackhop simulate -o /now.json && rackhop plan drain h00000 --snapshot /now.json |
    grep -q '^no plan costs less'
rackhop facts 2>&1 | grep -q 'needs the package rackhop'
ldd /usr/bin/rackhop | grep -q 'libxen\|lldp' && exit 1
dpkg-query -W -f '${Package}\n' | grep 'xen\|lldp' && exit 1
apt-get -q install -y --no-install-recommends /rackhop.deb > /dev/null
rackhop facts 2>&1 | grep -q 'needs the package' && exit 1
[ "$(rackhop --version)" = "rackhop $(sed -n '1s/^rackhop (\([^+)]*\).*/\1/p' /changelog)" ]
ldd /usr/bin/rackhop /usr/libexec/rackhop/rackhop \
    /usr/libexec/rackhop/save-helper /usr/libexec/rackhop/wire |
    grep 'not found' && exit 1
[ "$(stat -c %a /var/lib/rackhop)" = 700 ]
rackhop --show-config | grep -q '^hosts'
systemctl is-enabled rackhop-recover.service | grep -qx enabled
systemctl is-enabled rackhop-rebalance.timer | grep -qx disabled
systemd-analyze verify --man=no rackhop-recover.service \
    rackhop-rebalance.service rackhop-rebalance.timer
bash -c '. /usr/share/bash-completion/completions/rackhop; complete -p rackhop' > /dev/null
echo 'alpha = "2"' >> /etc/rackhop/rackhop.conf
apt-get -q install -y --reinstall /rackhop.deb /rackhop-admin.deb > /dev/null
grep -q 'alpha = "2"' /etc/rackhop/rackhop.conf
printf '#!/bin/sh\necho the real one\n' > /usr/sbin/xl
chmod 755 /usr/sbin/xl # rackhop-from-xl(7)'s commands
dpkg-divert --local --rename --divert /usr/sbin/xl.distrib \
    --add /usr/sbin/xl > /dev/null
cp /usr/lib/rackhop/xl-front/xl /usr/sbin/
[ "$(xl list)" = 'the real one' ]
xl migrate 2>&1 | grep -q 'rackhop: migrate takes'
apt-get -q purge -y rackhop > /dev/null
rackhop --version > /dev/null # rackhop-admin's
apt-get -q purge -y rackhop-admin > /dev/null
[ "$(xl migrate)" = 'the real one' ] # the front alone is in nobody's way
rm /usr/sbin/xl
dpkg-divert --local --rename --remove /usr/sbin/xl > /dev/null
[ "$(xl list)" = 'the real one' ]
for f in /etc/rackhop /var/lib/rackhop /usr/lib/rackhop /usr/bin/rackhop; do
    [ ! -e $f ] || { echo "purge leaves $f"; exit 1; }
done
X
try() { # SUITE DEB ADMIN-DEB
    mirrors "$1" > "$work/list"
    mmdebstrap --quiet --variant=apt --include=systemd \
        --customize-hook="upload '$2' /rackhop.deb" \
        --customize-hook="upload '$3' /rackhop-admin.deb" \
        --customize-hook='upload debian/changelog /changelog' \
        --customize-hook="upload '$work/inside' /inside" \
        --customize-hook='chroot "$1" sh /inside' \
        "$1" /dev/null "$work/list"
    echo "  ok      $(basename "$2") on Debian's $1"
}
# shellcheck disable=SC2046
try bookworm $(debian/build.sh 4.17)
# shellcheck disable=SC2046
try trixie $(debian/build.sh 4.20)
