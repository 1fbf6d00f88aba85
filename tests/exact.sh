#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only
# exact.sh HELPER [LIBDIR]: the save helper stands in for functions of libxenctrl,
# of which most are in no header. They are called as long as the libxenguest that
# it is linked with asks for them, that Xen's libxenctrl has them, and the helper
# shows its own. LIBDIR: where these libraries are, if not where ldd finds them.
set -u
helper=$1
needs() { readelf -d "$helper" | sed -n "s/.*NEEDED.*\[\(lib$1\.so[^]]*\)\].*/\1/p"; }
dir=${2:-$(dirname "$(ldd "$helper" | awk -v l="$(needs xenguest)" '$1 == l { print $3 }')")}
bad=0
has() { # kind file function
    nm -D "$2" | grep -qE " $1 $3(@|\$)" || { echo "exact: $2 has no $1 $3" >&2; bad=1; }
}
for f in read_exact write_exact writev_exact xc_get_pfn_type_batch \
    xc__hypercall_buffer_alloc_pages xc__hypercall_buffer_free_pages; do
    has U "$dir/$(needs xenguest)" $f
    has T "$dir/$(needs xenctrl)" $f
    has T "$helper" $f
done
[ $bad = 0 ] && echo "exact: $(needs xenguest) calls the helper's own functions"
exit $bad
