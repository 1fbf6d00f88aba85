/* SPDX-License-Identifier: LGPL-2.1-only */
/* Any bytes as a settings file: what is accepted is shown, and the file that
 * is shown is accepted and shown the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/libxlutil_leaks.h"
#include "tools/config.h"

#include "tools/base/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int load(struct config *c, const void *data, size_t size)
{
    int fd = memfd_create("conf", MFD_CLOEXEC), rc;
    char path[64];
    struct msg err = MSG_NONE;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    config_init(c);
    rc = config_load(c, path, true, &err);
    if (rc < 0 && (!*err.text || strchr(err.text, '\n')))
        abort();
    close(fd);
    return rc;
}

static char *show(const struct config *c)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    if (!f)
        abort();
    config_show(c, true, f);
    fclose(f);
    return text;
}

/* A value, of two parts or of one, that has both kinds of quotes has no form
 * in this syntax. */
static bool showable(const char *a, const char *b)
{
    bool one = (a && strchr(a, '\'')) || (b && strchr(b, '\''));
    bool two = (a && strchr(a, '"')) || (b && strchr(b, '"'));

    return !one || !two;
}

static bool showable_groups(const struct group_rows *g)
{
    for (size_t i = 0; i < g->n; i++) {
        char *text = group_row_text(&g->row[i]);
        bool ok = text && showable(text, NULL);

        free(text);
        if (!ok)
            return false;
    }
    return true;
}

static bool all_showable(const struct config *c)
{
    for (size_t i = 0; i < c->hosts.n; i++)
        if (!showable(c->hosts.row[i].name, c->hosts.row[i].address))
            return false;
    for (size_t i = 0; i < c->switches.n; i++)
        if (!showable(c->switches.row[i].name, c->switches.row[i].how))
            return false;
    return showable_groups(&c->racks) && showable_groups(&c->apart) &&
           showable_groups(&c->together) && showable(c->topology_plan, NULL) &&
           showable(c->ssh_command, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config c;

    /* other files are read for what they are: no input names one */
    if (memmem(data, size, "include", 7) || memmem(data, size, "hosts_f", 7))
        return 0;
    if (load(&c, data, size) >= 0 && all_showable(&c)) {
        char *first = show(&c), *again;

        config_dispose(&c);
        if (load(&c, first, strlen(first)) < 0)
            abort();
        again = show(&c);
        if (strcmp(first, again))
            abort();
        free(first);
        free(again);
    }
    config_dispose(&c);
    return 0;
}
