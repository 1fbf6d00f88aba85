# SPDX-License-Identifier: LGPL-2.1-only
# Both hosts show certificates on a guest's lanes. A host that shows another's,
# or one that is not in wire_pki_hosts, gets no guest, and sends none: the guest
# stays where it is, and the sentence says why; or it goes over ssh, which is told.
# topology: pair
. "$(dirname "$0")/lib.sh"

# --- a site's certificates --------------------------------------------------------
key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
authority() {
    openssl req -x509 "${key[@]}" -days 90 -subj "/CN=the lab's CA" \
        -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout "$T/cakey.pem" -out "$T/cacert.pem" 2> /dev/null
}
# What HOST shows, in both directions, is of NAME.
certify() { # HOST NAME
    local d=$T/$1
    rm -rf "$d"
    mkdir "$d"
    cp "$T/cacert.pem" "$d"
    openssl req "${key[@]}" -subj "/CN=$2" -keyout "$d/serverkey.pem" \
        -out "$T/csr.pem" 2> /dev/null
    openssl x509 -req -in "$T/csr.pem" -CA "$T/cacert.pem" -days 90 \
        -CAkey "$T/cakey.pem" -CAcreateserial -out "$d/servercert.pem" \
        -extfile <(printf 'subjectAltName=DNS:%s\nkeyUsage=digitalSignature\n' "$2") \
        2> /dev/null
    cp "$d/serverkey.pem" "$d/clientkey.pem"
    cp "$d/servercert.pem" "$d/clientcert.pem"
    chmod 600 "$d"/*key.pem
    dom0 "$1" 'rm -rf /etc/rackhop/pki && mkdir -p /etc/rackhop/pki'
    lab cp "$d"/*.pem "$1:/etc/rackhop/pki" > /dev/null
    dom0 "$1" 'chmod 600 /etc/rackhop/pki/*key.pem'
    # a clock that is behind has not come to its first second
    wait_until "the certificate of $1 counts" dom0 "$1" \
        "test \$(date +%s) -ge $(date +%s)"
}
believes() { # HOST WIRE_PKI NAME..: whose certificates count there
    local h=$1 wish=$2; shift 2
    dom0 "$h" "cat > /etc/rackhop/rackhop.conf" <<EOC
hosts = [ "h1=h1", "h2=h2" ]
ssh_timeout_s = 120
wire_pki = "$wish"
wire_pki_dir = "/etc/rackhop/pki"
wire_pki_hosts = [ $(printf '"%s", ' "$@" | sed 's/, $//') ]
EOC
}

# --- what becomes of the guest ---------------------------------------------------
stays() { # WHY: on h1, and nothing of it comes to h2
    run dom0 h1 rackhop migrate g1 h2
    expect_rc 1
    expect_out "$1"
    refuse "something of it at h2" dom0 h2 'xl list | grep g1'
    guest_is_whole h1 g1 "$from"
}

command -v openssl > /dev/null || skip "openssl makes the certificates"
authority
certify h1 h1
certify h2 h2
believes h1 require h1 h2
believes h2 require h1 h2
lab guest h1 g1 mb=8 rate=200
from=$(now)

step "both show certificates: there and back"
run dom0 h1 rackhop check --json
[ "$(grep -c '"certificates": 1,' <<< "$OUT")" = 2 ] || fail "not with both"
run dom0 h1 rackhop migrate --json g1 h2
expect_rc 0
expect_out '"way":"lanes","lanes":1,"cipher":"TLS_'
guest_is_whole h2 g1 "$from"
run dom0 h2 rackhop migrate --json --lanes 2 g1 h1
expect_rc 0
expect_out '"way":"lanes","lanes":2,'
guest_is_whole h1 g1 "$from"

step "the target host's name is not in the source host's list"
believes h1 require h1 h9
stays 'g1 was not moved to h2 .*: its certificate is of h2, which is another host or not in wire_pki_hosts'

step "the source host's name is not in the target host's list"
believes h1 require h1 h2
believes h2 require h2
stays 'g1 was not moved to h2 .*no lane by certificates'

step "what the target host shows is another host's, and that is in the list"
believes h2 require h1 h2
certify h2 h1
stays 'g1 was not moved to h2 .*: its certificate is of h1, which is another host'

step "where ssh is not ruled out, it is taken, and the reason told"
believes h1 on h1 h2
believes h2 on h1 h2
run dom0 h1 rackhop migrate --json g1 h2
expect_rc 0
expect_out '"way":"ssh"'
expect_out 'its certificate is of h1, which is another host .*; sent over ssh'
guest_is_whole h2 g1 "$from"

step "a host that wants certificates takes no guest by a key alone"
certify h2 h2
run dom0 h2 rackhop migrate --json g1 h1
expect_rc 0
expect_out '"way":"lanes"'
believes h2 require h1 h2
dom0 h1 rm /etc/rackhop/rackhop.conf
stays 'h2 takes lanes by certificates alone: .*; ssh is ruled out by .* of h2'
for h in h1 h2; do dom0 $h rm -rf /etc/rackhop/rackhop.conf /etc/rackhop/pki; done
