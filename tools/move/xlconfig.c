/* SPDX-License-Identifier: LGPL-2.1-only */
/* Turns xl.cfg into JSON with `xl create --dryrun`. */
#include "tools/move/xlconfig.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/remote/ssh.h"
#include "tools/base/msg.h"

enum { FILE_MAX = 1 << 20, JSON_MAX = 16 << 20, XL_S = 60 };

/* The text of the file; xl is not asked to read what can't be one of its
 * files: its parser takes for ever over a megabyte of NULs. */
static char *file_text(const char *path, struct msg *err)
{
    char *text = malloc(FILE_MAX + 1);
    FILE *f = fopen(path, "re");
    size_t n;

    if (!f) {
        msg_set(err, "%s can't be read: %s", path, strerror(errno));
        goto bad;
    }
    if (!text) {
        msg_set(err, "out of memory");
        goto bad;
    }
    n = fread(text, 1, FILE_MAX + 1, f);
    if (ferror(f) || n > FILE_MAX || memchr(text, '\0', n)) {
        msg_set(err, "%s is no guest's configuration", path);
        goto bad;
    }
    fclose(f);
    text[n] = '\0';
    return text;
bad:
    if (f)
        fclose(f);
    free(text);
    return NULL;
}

static time_t monotonic_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* All that fd gives until its end, within the time and the size, or NULL. */
static char *xl_read_all(int fd)
{
    time_t until = monotonic_s() + XL_S;
    size_t len = 0, cap = 0;
    char *text = NULL;

    for (;;) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        ssize_t n;

        if (cap - len < 4096) {
            char *bigger;

            cap = cap ? cap * 2 : 65536;
            bigger = cap <= JSON_MAX ? realloc(text, cap) : NULL;
            if (!bigger)
                break;
            text = bigger;
        }
        if (monotonic_s() > until)
            break;
        if (poll(&p, 1, 1000) <= 0)
            continue;
        n = read(fd, text + len, cap - len - 1);
        if (n < 0)
            break;
        if (!n) {
            text[len] = '\0';
            return text;
        }
        len += (size_t)n;
    }
    free(text);
    return NULL;
}

static char *xl_ask(const char *path, struct msg *err)
{
    char *quoted = ssh_quote(path), *rune = NULL, *json = NULL;
    struct ssh_proc p;

    if (!quoted ||
        asprintf(&rune, "exec xl create --dryrun --quiet %s", quoted) < 0) {
        rune = NULL;
        msg_set(err, "out of memory");
    } else if (ssh_start(&p, rune)) {
        msg_set(err, "xl can't be started");
    } else {
        json = xl_read_all(p.from);
        ssh_end(&p, json ? 10000 : 0);
        if (p.status || !json) {
            msg_set(err,
                    "xl can't read %s; `xl create --dryrun %s` "
                    "says why",
                    path, path);
            free(json);
            json = NULL;
        }
    }
    free(quoted);
    free(rune);
    return json;
}

char *xlconfig_read(const char *path, struct msg *err)
{
    char *text = file_text(path, err), *json;

    if (!text || text[strspn(text, " \t\r\n")] == '{')
        return text;
    free(text);
    json = xl_ask(path, err);
    return json;
}
