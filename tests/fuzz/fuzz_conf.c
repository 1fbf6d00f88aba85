/* SPDX-License-Identifier: LGPL-2.1-only */
/* Any bytes as a settings file: what is accepted is shown, and the file that
 * is shown is accepted and shown the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/config.h"

#include "tools/base/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libxlutil forgets what it had of a file that it can't read. The process
 * ends then; leaks of ours are found all the same. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libxlutil.so\n";
}
const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}

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
    config_show(c, f);
    fclose(f);
    return text;
}

/* A value with both kinds of quotes has no form in this syntax. */
static bool showable(const char *s)
{
    return !s || !strchr(s, '"') || !strchr(s, '\'');
}

static bool all_showable(const struct config *c)
{
    const struct strlist *lists[] = { &c->hosts, &c->switches, &c->racks };

    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < lists[i]->n; k++)
            if (!showable(lists[i]->s[k]))
                return false;
    return showable(c->topology_plan) && showable(c->ssh_command);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config c;

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
