# SPDX-License-Identifier: LGPL-2.1-only
# cpu_names.awk: Xen's list of CPU features to the rows of scheduler/cpu.c's table.
# Reads lines such as @ AESNI 1*32+25, writes [57] = "aes", for each bit. The names
# are those that xl.cfg's cpuid= takes: small letters, dashes, and xl's own words.
BEGIN {
    xl["AESNI"] = "aes"
    xl["CR8_LEGACY"] = "altmovcr8"
    xl["ITSC"] = "invtsc"
    xl["SSE4_1"] = "sse4_1"
    xl["SSE4_2"] = "sse4_2"
    xl["TSC_ADJUST"] = "tsc_adjust"
}
$1 == "@" {
    name = $2
    bit = $0
    sub(/^@ +[^ ]+ +/, "", bit)
    if (split(bit, part, /[*+]/) != 3 || part[2] != 32) {
        print "cpu_names.awk: not understood: " $0 > "/dev/stderr"
        exit 1
    }
    bit = 32 * part[1] + part[3]
    if (bit in known)
        next
    known[bit] = 1
    if (name in xl)
        word = xl[name]
    else {
        word = tolower(name)
        gsub(/_/, "-", word)
    }
    printf "[%d] = \"%s\",\n", bit, word
    n++
}
END {
    if (n < 100) {
        print "cpu_names.awk: Xen's header names only " n + 0 " features" > "/dev/stderr"
        exit 1
    }
}
