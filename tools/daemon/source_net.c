/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the counters of guests' interfaces and of the host's ports. */
#include "tools/daemon/source_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/file.h"

/* A line of /proc/net/dev has so many figures. */
enum {
    NET_RX,
    NET_RX_PACKETS,
    NET_RX_ERRORS,
    NET_TX = 8,
    NET_TX_PACKETS,
    NET_TX_ERRORS,
    NET_FIGURES = 16,
    NET_MOST = 4 << 20, /* bytes of the whole */
};

struct net_line {
    char name[16];
    uint64_t figure[NET_FIGURES];
};

/* One line, which ends with a NUL; false: it is none of an interface. */
static bool net_parse(struct net_line *l, const char *line)
{
    const char *colon = strchr(line, ':');
    char *end;

    line += strspn(line, " ");
    if (!colon || colon == line || colon - line >= (ptrdiff_t)sizeof l->name)
        return false;
    memcpy(l->name, line, (size_t)(colon - line));
    l->name[colon - line] = '\0';
    for (unsigned i = 0; i < NET_FIGURES; i++) {
        l->figure[i] = strtoull(colon + 1, &end, 10);
        if (end == colon + 1)
            return false;
        colon = end - 1;
    }
    return true;
}

static void net_guest(struct sources *s, const struct net_line *l,
                      uint32_t domid)
{
    struct guest_io *io = source_io(s, domid);

    if (!io)
        return;
    /* what the interface here receives, its guest has sent */
    io->counter[IO_TX] += l->figure[NET_RX];
    io->counter[IO_RX] += l->figure[NET_TX];
    io->counter[IO_PACKETS] +=
        l->figure[NET_RX_PACKETS] + l->figure[NET_TX_PACKETS];
    io->known[IO_TX] = io->known[IO_RX] = io->known[IO_PACKETS] = true;
}

static bool net_is_port(const struct sources *s, const char *name)
{
    for (unsigned i = 0; i < s->ports; i++)
        if (!strcmp(s->port[i], name))
            return true;
    return false;
}

void source_net(struct sources *s, struct sampler *to)
{
    uint64_t rx = 0, tx = 0, errors = 0;
    char path[SOURCE_PATH], *text, *rest, *line;
    size_t len;

    snprintf(path, sizeof path, "%s/proc/net/dev", s->root);
    text = file_read(path, NET_MOST, &len);
    if (!text)
        return;
    for (rest = text; (line = strsep(&rest, "\n"));) {
        struct net_line l;
        unsigned domid, dev;

        if (!net_parse(&l, line))
            continue;
        /* vif7.0, and vif7.0-emu of an emulated card */
        if (sscanf(l.name, "vif%9u.%9u", &domid, &dev) == 2) {
            net_guest(s, &l, domid);
        } else if (net_is_port(s, l.name)) {
            rx += l.figure[NET_RX];
            tx += l.figure[NET_TX];
            errors += l.figure[NET_RX_ERRORS] + l.figure[NET_TX_ERRORS];
        }
    }
    free(text);
    if (!s->ports)
        return;
    sampler_host_io(to, HOST_IO_RX, rx);
    sampler_host_io(to, HOST_IO_TX, tx);
    sampler_host_io(to, HOST_IO_LINK_ERRORS, errors);
}

/* A port is an interface with a device behind it; all others are made of
 * software, and what passes them passes a port or stays here. */
static void net_port(void *arg, const char *name)
{
    struct sources *s = arg;
    char path[SOURCE_PATH];

    if (s->ports >= SOURCE_PORTS || strlen(name) >= sizeof s->port[0] ||
        !strncmp(name, "vif", 3))
        return;
    snprintf(path, sizeof path, "%s/sys/class/net/%s/device", s->root, name);
    if (!access(path, F_OK))
        strcpy(s->port[s->ports++], name);
}

void source_links(struct sources *s, struct sampler *to)
{
    int64_t changes = 0, n;
    bool known = false;

    s->ports = 0;
    source_each(s->root, "/sys/class/net", "", net_port, s);
    for (unsigned i = 0; i < s->ports; i++) {
        if (source_number(s->root, &n, "/sys/class/net/%s/carrier_changes",
                          s->port[i])) {
            changes += n;
            known = true;
        }
    }
    if (known)
        sampler_host_io(to, HOST_IO_LINK_CHANGES, (uint64_t)changes);
}
