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
#include <string.h>

/* Paths that nobody else wants are disks, in whatever spelling they come. */
bool preflight_lacks_disk(const struct preflight *p, size_t i)
{
    const char *path = p->far->missing.s[i];

    return strlist_has(&p->dom->disks, path) ||
           !xlx_needs_file(&p->dom->needs, path);
}

/* The drive that holds this path; NULL: none does. */
static const struct xlx_drive *files_drive(const struct preflight *p,
                                           const char *path)
{
    const struct xlx_needs *n = &p->dom->needs;

    for (size_t i = 0; i < n->n_drives; i++)
        if (!strcmp(n->drives[i].path, path))
            return &n->drives[i];
    return NULL;
}

void preflight_tell_disk(const struct preflight *p, char *b, size_t n)
{
    const struct xlx_drive *drive;
    size_t i = 0;

    while (i + 1 < p->far->missing.n && !preflight_lacks_disk(p, i))
        i++;
    drive = files_drive(p, p->far->missing.s[i]);
    if (drive)
        snprintf(b, n,
                 "%s has no %s, which is in a drive of %s; `xl cd-eject %s "
                 "%s` first, or copy it to that host",
                 p->host, drive->path, preflight_name(p), preflight_name(p),
                 drive->vdev);
    else
        snprintf(b, n,
                 "%s has no %s, a disk of %s: moves need shared storage; "
                 "mount or attach it on that host, or give its path on that "
                 "host with -C",
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

bool preflight_no_script(const struct preflight *p, char *b, size_t n)
{
    char files[400];

    if (!files_lacking(p, XLX_FILE_SCRIPT, files, sizeof files))
        return false;
    snprintf(b, n,
             "%s has no %s, which connects a device of %s; copy it to that "
             "host and make it executable, or give another configuration "
             "with -C",
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
