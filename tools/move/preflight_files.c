/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Checks before a move: disks and other files that the target host lacks.
 *
 * A file that is read when the guest starts is a warning, not a refusal: the
 * move does without it, and a drain of a host that is on fire must not fail
 * for the sake of a reboot that may be months away.
 */
#include "tools/move/preflight_impl.h"

#include <stdio.h>

/* Paths that nobody else wants are disks, in whatever spelling they come. */
bool preflight_lacks_disk(const struct preflight *p, size_t i)
{
    const char *path = p->far->missing.s[i];

    return strlist_has(&p->dom->disks, path) ||
           !xlx_needs_file(&p->dom->needs, path);
}

void preflight_tell_disk(const struct preflight *p, char *b, size_t n)
{
    size_t i = 0;

    while (i + 1 < p->far->missing.n && !preflight_lacks_disk(p, i))
        i++;
    snprintf(b, n,
             "%s has no %s, a disk of %s: moves need shared storage; mount or "
             "attach it on that host, or give its path on that host with -C",
             p->host, p->far->missing.s[i], preflight_name(p));
}

/* The files of a use that the target host lacks, as "PATH (KEY), ..". False:
 * it has them all. */
static bool files_lacking(const struct preflight *p, enum xlx_file_use use,
                          char *b, size_t n)
{
    const struct xlx_needs *need = &p->dom->needs;
    size_t at = 0;

    for (size_t i = 0; i < need->n_files && at < n; i++) {
        const struct xlx_file *f = &need->files[i];

        if (f->use == use && strlist_has(&p->far->missing, f->path))
            at += (size_t)snprintf(b + at, n - at, "%s%s (%s)",
                                   at ? " and no " : "", f->path, f->key);
    }
    return at;
}

bool preflight_no_model(const struct preflight *p, char *b, size_t n)
{
    char files[400];

    if (!files_lacking(p, XLX_FILE_BUILD, files, sizeof files))
        return false;
    snprintf(b, n,
             "%s has no %s, without which %s can't be taken in; copy it to "
             "that host, or give another configuration with -C",
             p->host, files, preflight_name(p));
    return true;
}

bool preflight_no_start(const struct preflight *p, char *b, size_t n)
{
    char files[400];

    if (!files_lacking(p, XLX_FILE_START, files, sizeof files))
        return false;
    snprintf(b, n,
             "%s has no %s, with which %s starts: it can move, but its next "
             "reboot on that host will fail; copy the file to that host "
             "before then",
             p->host, files, preflight_name(p));
    return true;
}
