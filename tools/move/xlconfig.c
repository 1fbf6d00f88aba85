/* SPDX-License-Identifier: LGPL-2.1-only */
/* Turns xl.cfg into JSON with `xl create --dryrun`. */
#include "tools/move/xlconfig.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/clock.h"
#include "tools/base/file.h"
#include "tools/remote/ssh.h"

enum { FILE_MAX = 1 << 20, JSON_MAX = 16 << 20, XL_S = 60 };

/* The text of the file. xl is not given what can't be one of its files: its
 * parser takes for ever over a megabyte of NULs. */
static char *config_text(const char *path, struct msg *err)
{
    size_t len;
    char *text = file_read(path, FILE_MAX, &len);

    if (!text && errno != EFBIG) {
        msg_set(err, "%s can't be read: %s", path, strerror(errno));
        return NULL;
    }
    if (!text || strlen(text) != len) {
        msg_set(err, "%s is no guest's configuration", path);
        free(text);
        return NULL;
    }
    return text;
}

/* All that xl writes, up to the limits of time and size; else NULL. */
static char *xl_read_all(int fd)
{
    int64_t until = clock_ms() + 1000 * XL_S;
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
        if (clock_ms() > until)
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
    struct child p;

    if (!quoted ||
        asprintf(&rune, "exec xl create --dryrun --quiet %s", quoted) < 0) {
        rune = NULL;
        msg_set(err, "out of memory");
    } else if (ssh_start(&p, rune)) {
        msg_set(err, "xl can't be started");
    } else {
        json = xl_read_all(p.from);
        child_end(&p, json ? 10000 : 0);
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
    char *text = config_text(path, err), *json;

    if (!text || text[strspn(text, " \t\r\n")] == '{')
        return text;
    free(text);
    json = xl_ask(path, err);
    return json;
}
