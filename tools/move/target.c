/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the script that asks the target host about itself. */
#include "tools/move/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/words.h"
#include "tools/remote/ssh.h"

/*
 * Each line of the xl script's answer begins with a word that says what it is.
 * A non-interactive ssh has a short PATH, so the script adds the directories
 * in which Debian keeps these programs.
 */
static const char script_head[] =
    "PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin; "
    "export PATH; ";
static const char script_xl[] =
    "if ! command -v xl >/dev/null 2>&1; then echo '" WORD_MARK_NONE
    "'; exit 1; fi; "
    "echo '" WORD_MARK_XL "'; xl info 2>/dev/null | sed 's/^/" WORD_MARK_INFO
    " /'; "
    "xl vm-list 2>/dev/null | sed 's/^/" WORD_MARK_VM " /'; "
    "xl cpupool-list 2>/dev/null | sed 's/^/" WORD_MARK_POOL " /'; "
    /* bridges of Linux, and what may be one of Open vSwitch: as
     * tools/cluster/host_networks.c */
    "for b in /sys/class/net/*; do n=${b##*/}; "
    "if [ ! -e \"$b/bridge\" ]; then "
    "case $n in lo|ovs-system|vif*|tap*) continue;; esac; "
    "if [ -e \"$b/device\" ] || [ -e \"$b/bonding\" ] || "
    "[ -e \"$b/master\" ] || [ -e \"$b/tun_flags\" ] || "
    "grep -q ^DEVTYPE= \"$b/uevent\" 2>/dev/null; then continue; fi; fi; "
    "echo \"" WORD_MARK_NET " $n\"; done; "
    "sed -n 's/^vendor_id[^:]*: */" WORD_MARK_VENDOR
    " /p;/^vendor_id/q' /proc/cpuinfo; "
    "for c in xen-cpuid /usr/lib/xen-*/bin/xen-cpuid; do "
    "command -v $c >/dev/null 2>&1 || continue; "
    "$c 2>/dev/null | sed -n '/Dynamic/,$s/^/" WORD_MARK_CPUID
    " /p'; break; done; ";

static void target_verbose(FILE *f, int verbose)
{
    for (int i = 0; i < verbose; i++)
        fputs(i ? "v" : " -v", f);
}

char *target_script(const struct target_question *q)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    bool bad = false;

    if (!f)
        return NULL;
    fputs(script_head, f);
    if (!q->xl_only) {
        fputs("if command -v rackhop >/dev/null 2>&1; then exec rackhop", f);
        target_verbose(f, q->verbose);
        fputs(" receive --greet", f);
        if (q->uuid)
            fprintf(f, " --handover %s", q->uuid);
        if (q->no_watch)
            fputs(" -e", f);
        if (q->paused)
            fputs(" -p", f);
        for (size_t i = 0; i < q->n_paths; i++) {
            char *p = ssh_quote(q->paths[i]);

            bad |= !p;
            fprintf(f, " --path %s", p ? p : "");
            free(p);
        }
        fputs("; fi; ", f);
    }
    fputs(script_xl, f);
    for (size_t i = 0; i < q->n_paths; i++) {
        char *p = ssh_quote(q->paths[i]);

        bad |= !p;
        fprintf(f, "[ -e %s ] || echo '" WORD_MARK_MISSING "' %s; ",
                p ? p : "", p ? p : "");
        free(p);
    }
    if (q->check_only) {
        fputs("echo 'xl migration receiver ready, send binary domain data.'",
              f);
    } else {
        fputs("exec xl", f);
        target_verbose(f, q->verbose);
        fprintf(f, " migrate-receive%s%s%s", q->no_watch ? " -e" : "",
                q->debug ? " -d" : "", q->paused ? " -p" : "");
    }
    if (fclose(f) || bad) {
        free(text);
        return NULL;
    }
    return text;
}
