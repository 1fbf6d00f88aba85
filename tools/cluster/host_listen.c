/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads which VNC displays of this host are in use, out of /proc/net/tcp and
 * /proc/net/tcp6: whoever listens there, a device model could not.
 */
#include "tools/cluster/host_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/file.h"

enum {
    LISTEN_STATE = 0x0a, /* TCP_LISTEN */
    VNC_FIRST = 5900,    /* display 0 */
    VNC_LAST = 6923,
    LISTEN_MAX = 1024,
    TABLE_MAX = 16 << 20,
};

/* The kernel prints each 32 bits of an address as a number of this host. */
static int listen_address(const char *hex, size_t len, char *buf, size_t size)
{
    uint32_t word[4];

    for (size_t i = 0; i < len / 8; i++)
        if (sscanf(hex + 8 * i, "%8x", &word[i]) != 1)
            return -EINVAL;
    if (len == 8)
        return inet_ntop(AF_INET, word, buf, (socklen_t)size) ? 0 : -EINVAL;
    buf[0] = '[';
    if (!inet_ntop(AF_INET6, word, buf + 1, (socklen_t)(size - 2)))
        return -EINVAL;
    strcat(buf, "]");
    return 0;
}

static int listen_line(struct strlist *l, const char *line)
{
    char hex[33], address[INET6_ADDRSTRLEN + 2], text[80];
    unsigned port, state;
    size_t len;

    if (sscanf(line, " %*u: %32[0-9A-Fa-f]:%4x %*32[0-9A-Fa-f]:%*4x %2x", hex,
               &port, &state) != 3 ||
        state != LISTEN_STATE || port < VNC_FIRST || port > VNC_LAST)
        return 0;
    len = strlen(hex);
    if ((len != 8 && len != 32) ||
        listen_address(hex, len, address, sizeof address))
        return 0;
    snprintf(text, sizeof text, "%s:%u", address, port);
    return l->n < LISTEN_MAX ? strlist_add(l, text) : 0;
}

int host_listening_parse(struct strlist *l, const char *text)
{
    int rc = 0;

    while (*text && !rc) {
        rc = listen_line(l, text);
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return rc;
}

int host_listening(struct strlist *l)
{
    static const char *const tables[] = { "/proc/net/tcp", "/proc/net/tcp6" };
    int rc = 0;

    for (size_t i = 0; i < sizeof tables / sizeof *tables && !rc; i++) {
        size_t len;
        char *text = file_read(tables[i], TABLE_MAX, &len);

        if (text)
            rc = host_listening_parse(l, text);
        free(text);
    }
    return rc;
}
