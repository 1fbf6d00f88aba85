/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps the newest of what a hook prints: ID.out grows until it has enough,
 * and then becomes ID.old in place of the one before.
 */
#include "tools/move/hook_impl.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/move/job_files.h"

static void sink_turn(struct hook_sink *k)
{
    char out[512], old[512];

    job_file_path(out, sizeof out, k->dir, k->id, "out");
    job_file_path(old, sizeof old, k->dir, k->id, "old");
    hook_sink_close(k);
    rename(out, old);
    k->size = 0;
}

void hook_sink_write(struct hook_sink *k, const char *text, size_t len)
{
    if (k->size >= HOOK_OUTPUT)
        sink_turn(k);
    if (k->fd < 0)
        k->fd = job_file_open(k->dir, k->id, "out",
                              O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
    if (k->fd >= 0 && write(k->fd, text, len) > 0)
        k->size += len;
}

void hook_sink_close(struct hook_sink *k)
{
    if (k->fd >= 0)
        close(k->fd);
    k->fd = -1;
}

void hook_output_remove(const char *dir, const char *id)
{
    job_file_remove(dir, id, "out");
    job_file_remove(dir, id, "old");
}

/* --- reading ----------------------------------------------------------------- */

/* Appends a file to buf, which has room for `room` bytes. How many came. */
static size_t output_read(const char *dir, const char *id, const char *kind,
                          char *buf, size_t room)
{
    int fd = job_file_open(dir, id, kind, O_RDONLY);
    size_t len = 0;
    ssize_t n = 1;

    while (fd >= 0 && len < room && n > 0) {
        n = read(fd, buf + len, room - len);
        len += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        close(fd);
    return len;
}

char *hook_output(const char *statedir, const char *id, size_t most)
{
    const size_t each = HOOK_OUTPUT + 65536; /* one write more than full */
    char dir[HOOK_DIR], *raw = malloc(2 * each), *clean = NULL;
    size_t n;

    hook_dir(dir, statedir);
    if (raw) {
        n = output_read(dir, id, "old", raw, each);
        n += output_read(dir, id, "out", raw + n, each);
        /* no more than can count is filtered, and a line that is cut */
        if (n > most + 4)
            clean = hook_output_filter(raw + n - most - 4, most + 4, most);
        else
            clean = hook_output_filter(raw, n, most);
    }
    free(raw);
    return clean;
}
