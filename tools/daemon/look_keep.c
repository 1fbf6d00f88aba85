/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the records of looks: a file each, of which the oldest go. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/file.h"
#include "tools/daemon/decide.h"
#include "tools/daemon/look_again.h"
#include "tools/daemon/look_file.h"
#include "tools/paths.h"

#define SUFFIX ".look"

/* In milliseconds since 1970, so that the order of names is that of time. */
enum { DIGITS = 14 };

static int keep_is_record(const struct dirent *e)
{
    return strspn(e->d_name, "0123456789") == DIGITS &&
           !strcmp(e->d_name + DIGITS, SUFFIX);
}

static void keep_paths_free(char **path, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(path[i]);
    free(path);
}

int look_records(const char *dir, char ***path_r, size_t *n_r)
{
    struct dirent **e = NULL;
    int n = scandir(dir, &e, keep_is_record, alphasort), rc = 0;
    char **path;

    if (n < 0)
        return -errno;
    path = calloc((size_t)n + 1, sizeof *path);
    if (!path)
        rc = -ENOMEM;
    for (int i = 0; i < n; i++) {
        if (!rc && asprintf(&path[i], "%s/%s", dir, e[i]->d_name) < 0) {
            path[i] = NULL;
            rc = -ENOMEM;
        }
        free(e[i]);
    }
    free(e);
    if (!rc) {
        *path_r = path;
        *n_r = (size_t)n;
        return 0;
    }
    if (path)
        keep_paths_free(path, (size_t)n);
    return rc;
}

/* Bytes that the disk has again. */
static int64_t keep_remove(const char *path)
{
    struct stat st;

    if (lstat(path, &st) || unlink(path))
        return 0;
    return (int64_t)st.st_blocks * 512;
}

/* Half of a file, of a rackhopd that was killed. */
static int keep_is_cut(const struct dirent *e)
{
    return strspn(e->d_name, "0123456789") == DIGITS &&
           !strcmp(e->d_name + DIGITS, SUFFIX ".new");
}

static int64_t keep_cut(const char *dir)
{
    struct dirent **e = NULL;
    int n = scandir(dir, &e, keep_is_cut, NULL);
    int64_t freed = 0;
    char path[700];

    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, e[i]->d_name);
        freed += keep_remove(path);
        free(e[i]);
    }
    free(e);
    return freed;
}

/* Those of later than that, from before the clock was set back: beside them each
 * new record would be the oldest, and go. */
static int64_t keep_ahead(const char *dir, double latest_s)
{
    int64_t freed = 0;
    char **path = NULL;
    size_t n = 0;

    if (look_records(dir, &path, &n))
        return 0;
    for (size_t i = n; i--;) {
        if (strtod(strrchr(path[i], '/') + 1, NULL) <= latest_s * 1000)
            break;
        freed += keep_remove(path[i]);
    }
    keep_paths_free(path, n);
    return freed;
}

/* The newest of them stay, as many as there may be of so many bytes. What the
 * disk has again of the others. */
static int64_t keep_prune(const char *dir, size_t more)
{
    char **path;
    size_t n, bytes = more;
    int64_t freed = 0;

    if (look_records(dir, &path, &n))
        return 0;
    for (size_t i = n; i--;) {
        struct stat st;

        if (!stat(path[i], &st))
            bytes += (size_t)st.st_size;
        if (bytes > (size_t)LOOKS_MIB << 20 || n - i >= LOOKS_KEPT)
            freed += keep_remove(path[i]);
    }
    keep_paths_free(path, n);
    return freed;
}

int64_t looks_drop(const char *dir, double latest_s, int64_t bytes)
{
    int64_t freed = 0;
    char **path;
    size_t n;

    if (bytes <= 0)
        return 0;
    freed += keep_cut(dir) + keep_ahead(dir, latest_s);
    if (look_records(dir, &path, &n))
        return freed;
    for (size_t i = 0; i < n && freed < bytes; i++)
        freed += keep_remove(path[i]);
    keep_paths_free(path, n);
    return freed;
}

static char *keep_text(const struct decide *d, const char *snapshot,
                       size_t len, size_t *len_r)
{
    struct lookback b = {
        .version = RACKHOP_VERSION,
        .at_s = d->now_s,
        .gap_s = d->gap_s,
        .policy = *d->policy,
        .set = *plan_settings_of(d->cluster),
        .arm = d->conf->arm,
        .switches = d->conf->power_off && d->conf->power_on,
        .boot_s = (double)d->conf->power_boot_s,
        .memory_floor = d->conf->memory_floor,
        .state = loops_state_again(d->state),
        .off = calloc((d->off ? d->off->n : 0) + 1, sizeof *b.off),
        .doc = *d->doc,
        .len = len,
    };
    char *text = NULL;

    snprintf(b.self, sizeof b.self, "%s", d->self ? d->self : "");
    b.snapshot = (char *)(uintptr_t)snapshot; /* it is read, and no more */
    for (size_t i = 0; b.off && d->off && i < d->off->n; i++)
        b.off[b.offs++] = d->off->host[i].p;
    if (b.state && b.off)
        text = lookback_format(&b, len_r);
    free(b.state);
    free(b.off);
    return text;
}

int look_keep(const char *dir, const struct decide *d, const char *snapshot,
              size_t len, int64_t room)
{
    size_t n = 0;
    char *text = keep_text(d, snapshot, len, &n), *bytes = NULL, path[600];
    double latest_s = d->now_s + d->doc->interval_s;
    int rc = 0;

    if (!text)
        return -ENOMEM;
    if (n > (size_t)LOOKBACK_MIB << 20)
        rc = -EFBIG;
    else if (!(bytes = look_file_pack(text, n, &n)))
        rc = -ENOMEM;
    free(text);
    if (!rc) {
        room += keep_cut(dir) + keep_ahead(dir, latest_s);
        room += keep_prune(dir, n);
        room += looks_drop(dir, latest_s, (int64_t)n - room);
        rc = (int64_t)n > room ? -ENOSPC : path_make(dir);
    }
    if (!rc) {
        snprintf(path, sizeof path, "%s/%0*.0f" SUFFIX, dir, DIGITS,
                 d->now_s * 1000);
        rc = file_replace_synced(path, bytes, n);
    }
    free(bytes);
    return rc;
}
