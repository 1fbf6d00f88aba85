/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds other programs that move or save a domain, which do not know our locks
 * and records. /proc is all there is to ask.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/xlx_impl.h"

enum { ARGS = 12 };

struct cmdline {
    char text[1024];
    const char *arg[ARGS];
    unsigned n;
};

/* Reads /proc/PID/NAME. The bytes, with a NUL behind them; 0: none. */
static size_t holder_read(const char *pid, const char *name, char *buf,
                          size_t size)
{
    char path[300];
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? read(fd, buf, size - 1) : 0;
    if (fd >= 0)
        close(fd);
    buf[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

/* By its effective uid: the owner of the files in /proc is root for any process
 * that dumps no core. */
static bool holder_is_root(const char *pid)
{
    char buf[2048], *p;
    unsigned uid = 1;

    holder_read(pid, "status", buf, sizeof buf);
    p = strstr(buf, "\nUid:");
    return p && sscanf(p + 5, "%*u %u", &uid) == 1 && !uid;
}

/* Only of root's: what any user's process calls itself proves nothing. */
static bool holder_cmdline(const char *pid, struct cmdline *c)
{
    size_t n = holder_read(pid, "cmdline", c->text, sizeof c->text);

    c->n = 0;
    if (!n || !holder_is_root(pid))
        return false;
    for (size_t at = 0; at < n && c->n < ARGS; at += strlen(c->text + at) + 1)
        c->arg[c->n++] = c->text + at;
    return true;
}

/* 1: the process that started it has ended, so its errors will end it. A placer
 * (helper_arm.h) never has another parent, and ends with its stream. */
static int holder_parent(const char *pid)
{
    char buf[512], *p;
    int ppid = 0;

    holder_read(pid, "stat", buf, sizeof buf);
    p = strrchr(buf, ')');
    return p && sscanf(p + 1, " %*c %d", &ppid) == 1 ? ppid : 0;
}

/* "libxl-save-helper --save-domain FD FD DOMID ..", for this domain? Or with
 * --restore-domain, which builds it. */
static bool holder_is_helper(const struct cmdline *c, uint32_t domid)
{
    return c->n > 5 && strstr(c->arg[0], "save-helper") &&
           (!strcmp(c->arg[1], "--save-domain") ||
            !strcmp(c->arg[1], "--restore-domain")) &&
           strtoul(c->arg[4], NULL, 10) == domid;
}

static bool cmdline_is_xl(const struct cmdline *c)
{
    const char *slash = c->n ? strrchr(c->arg[0], '/') : NULL;

    return c->n && !strcmp(slash ? slash + 1 : c->arg[0], "xl");
}

/* `xl migrate` and `xl save` have the domain in hand before their helper runs
 * and after it has ended. */
static bool holder_is_xl(const struct cmdline *c, uint32_t domid,
                         const char *name)
{
    bool verb = false;
    char id[16];

    if (!cmdline_is_xl(c))
        return false;
    snprintf(id, sizeof id, "%u", domid);
    for (unsigned i = 1; i < c->n; i++) {
        if (verb && (!strcmp(c->arg[i], id) || !strcmp(c->arg[i], name)))
            return true;
        verb |= !strcmp(c->arg[i], "migrate") || !strcmp(c->arg[i], "save");
    }
    return false;
}

enum xlx_holder xlx_held_by(uint32_t domid, const char *name)
{
    enum xlx_holder by = XLX_HELD_BY_NOBODY;
    DIR *d = opendir("/proc");
    struct dirent *e;
    struct cmdline c;

    while (d && by != XLX_HELD_BY_OTHERS && (e = readdir(d))) {
        if (!isdigit((unsigned char)*e->d_name) ||
            !holder_cmdline(e->d_name, &c))
            continue;
        if (holder_is_xl(&c, domid, name ? name : ""))
            by = XLX_HELD_BY_OTHERS;
        else if (holder_is_helper(&c, domid))
            by = holder_parent(e->d_name) == 1 ? XLX_HELD_BY_ORPHAN
                                               : XLX_HELD_BY_OTHERS;
    }
    if (d)
        closedir(d);
    return by;
}

bool xlx_xl_receives(void)
{
    DIR *d = opendir("/proc");
    struct dirent *e;
    struct cmdline c;
    bool does = false;

    while (d && !does && (e = readdir(d))) {
        if (!isdigit((unsigned char)*e->d_name) ||
            !holder_cmdline(e->d_name, &c) || !cmdline_is_xl(&c))
            continue;
        for (unsigned i = 1; i < c.n; i++)
            does |= !strcmp(c.arg[i], "migrate-receive");
    }
    if (d)
        closedir(d);
    return does;
}
