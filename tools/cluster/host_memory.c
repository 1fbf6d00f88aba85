/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tells whether this host's domain 0 gives memory to guests that arrive: what
 * xl does with autoballoon of xl.conf(5) is done here as well.
 */
#include "tools/cluster/host_memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/file.h"

enum { XL_CONF_MAX = 1 << 20 };

static bool word_is(const char *p, size_t n, const char *a, const char *b)
{
    return (strlen(a) == n && !strncmp(p, a, n)) ||
           (strlen(b) == n && !strncmp(p, b, n));
}

/* Reads `autoballoon = "off"` of one line into *on. */
static void read_line(const char *p, bool dom0_mem, bool *on)
{
    static const char key[] = "autoballoon";
    size_t n;

    p += strspn(p, " \t");
    if (strncmp(p, key, sizeof key - 1))
        return;
    p += sizeof key - 1;
    p += strspn(p, " \t");
    if (*p++ != '=')
        return;
    p += strspn(p, " \t\"'");
    for (n = 0; isalnum((unsigned char)p[n]);)
        n++;
    if (word_is(p, n, "off", "0"))
        *on = false;
    else if (word_is(p, n, "on", "1"))
        *on = true;
    else if (word_is(p, n, "auto", "auto"))
        *on = !dom0_mem;
}

bool host_autoballoon(const char *xl_conf, bool dom0_mem)
{
    bool on = !dom0_mem;

    for (const char *p = xl_conf; p && *p;) {
        read_line(p, dom0_mem, &on);
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    return on;
}

void host_take_autoballoon(struct xlx_host *h)
{
    size_t len;
    char *text = file_read("/etc/xen/xl.conf", XL_CONF_MAX, &len);

    h->dom0_fixed = !host_autoballoon(text, h->dom0_fixed);
    free(text);
}
