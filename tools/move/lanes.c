/* SPDX-License-Identifier: LGPL-2.1-only */
/* Begins the lanes of a move, at either host. */
#include "tools/move/lanes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/ipnet.h"

/* Longer than a source host may ask its user; then it says for how long. */
enum { UNTIL_CHOSEN_S = 4000 };

_Static_assert(sizeof((struct lane_start *)0)->key == WORD_LANES_KEY &&
                   sizeof((struct lane_start *)0)->id == WORD_LANES_ID &&
                   sizeof((struct lane_start *)0)->address ==
                       sizeof((struct word_lanes *)0)->address,
               "what is said is what is used");

const char lanes_pki_only[] =
    "its wire_pki asks for certificates, which an older rackhop does not show";

/* --- which address ------------------------------------------------------------------ */

static bool lanes_print(const struct sockaddr *a, char *to, size_t size)
{
    const void *of =
        a->sa_family == AF_INET
            ? (const void *)&((const struct sockaddr_in *)a)->sin_addr
            : (const void *)&((const struct sockaddr_in6 *)a)->sin6_addr;

    return inet_ntop(a->sa_family, of, to, (socklen_t)size) != NULL;
}

/* Without the name of an interface such an address is none, and the name would
 * be this host's. */
static bool lanes_is_of_a_link(const struct sockaddr *a)
{
    return a->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)a)->sin6_addr);
}

/* This host's first address in that network, of the interfaces that lead to
 * other hosts or of the one that does not. */
static bool lanes_find(const struct ifaddrs *all, const struct ipnet *net,
                       bool loopback, char *to, size_t size)
{
    for (const struct ifaddrs *i = all; i; i = i->ifa_next)
        if (i->ifa_addr && (i->ifa_flags & IFF_UP) &&
            !(i->ifa_flags & IFF_LOOPBACK) == !loopback &&
            ipnet_has(net, i->ifa_addr) && !lanes_is_of_a_link(i->ifa_addr) &&
            lanes_print(i->ifa_addr, to, size))
            return true;
    return false;
}

/* Is the source host this one? Only then it can use a loopback address. Who was
 * not started by sshd was started here. */
static bool lanes_is_local(void)
{
    const char *ssh = getenv("SSH_CONNECTION");

    return !ssh || !strncmp(ssh, "127.", 4) || !strncmp(ssh, "::1 ", 4);
}

static int lanes_address_in(const char *network, char *to, size_t size,
                            struct msg *why)
{
    struct ifaddrs *all = NULL;
    struct ipnet net;
    bool found;

    if (ipnet_parse(&net, network) || getifaddrs(&all)) {
        msg_set(why, "its addresses can't be read");
        return -EINVAL;
    }
    found = lanes_find(all, &net, false, to, size) ||
            (lanes_is_local() && lanes_find(all, &net, true, to, size));
    freeifaddrs(all);
    if (found)
        return 0;
    msg_set(why, "it has no address in %s, its migration_network", network);
    return -EADDRNOTAVAIL;
}

/* Where ssh came to: "CLIENT PORT SERVER PORT". */
static int lanes_address_of_ssh(char *to, size_t size, struct msg *why)
{
    const char *ssh = getenv("SSH_CONNECTION");
    struct in6_addr a;
    char text[64];

    if (ssh && sscanf(ssh, "%*63s %*5s %63s", text) == 1 &&
        strlen(text) < size &&
        (inet_pton(AF_INET, text, &a) == 1 ||
         inet_pton(AF_INET6, text, &a) == 1)) {
        strcpy(to, text);
        return 0;
    }
    msg_set(why, "it does not know at which address it is reached: set "
                 "migration_network in its rackhop.conf");
    return -EADDRNOTAVAIL;
}

/* --- both hosts ----------------------------------------------------------------------- */

int lanes_listen(const struct lanes_wish *w, struct xlx_carrier *c,
                 struct word_lanes *offer, struct msg *why)
{
    struct lane_start s = { .lanes = CHUNK_LANES,
                            .patience_s = UNTIL_CHOSEN_S };
    struct ports ports = { 0, 0 };
    int rc;

    if (ports_parse(&ports, w->ports))
        return -EINVAL; /* rackhop.conf was checked */
    s.first = ports.first;
    s.last = ports.last;
    rc = w->network
             ? lanes_address_in(w->network, s.address, sizeof s.address, why)
             : lanes_address_of_ssh(s.address, sizeof s.address, why);
    if (!rc && w->pki.wanted)
        rc = pki_load(&w->pki, &s, why);
    if (rc)
        return rc;
    rc = xlx_carrier_key(&s);
    if (rc)
        msg_set(why, "it has no random numbers");
    else
        rc = xlx_carrier_start(c, w->program, &s, why);
    if (!rc) {
        *offer = (struct word_lanes){ .version = WORD_LANES,
                                      .port = c->port,
                                      .pki = w->pki.wanted,
                                      .only = w->pki.required };
        strcpy(offer->address, s.address);
        memcpy(offer->id, s.id, sizeof offer->id);
        memcpy(offer->key, s.key, sizeof offer->key);
    }
    pki_forget(&s);
    explicit_bzero(&s, sizeof s);
    return rc;
}

void lanes_not_up(struct msg *text, unsigned port, const char *host,
                  bool by_pki, const char *why)
{
    if (by_pki) /* it may well have been reached */
        msg_set(text, "there are no lanes by certificates to %s, port %u: %s",
                host, port, why);
    else
        msg_set(text, "port %u of %s can't be reached: %s", port, host, why);
}

/* Neither host takes less than its own setting says. */
static int lanes_agree(const struct lanes_wish *w,
                       const struct word_lanes *offer, struct msg *why)
{
    const char *host = w->pki.host ? w->pki.host : "the target host";

    if (offer->pki == w->pki.wanted)
        return 0;
    if (offer->pki)
        msg_set(why,
                "%s takes lanes by certificates alone: see wire_pki in "
                "rackhop.conf, which is \"off\" on this host",
                host);
    else
        msg_set(why,
                "%s takes lanes without certificates, which this host's "
                "wire_pki rules out: set it on %s too",
                host, host);
    return -EPROTO;
}

int lanes_connect(const struct lanes_wish *w, struct xlx_carrier *c,
                  struct word_lanes *offer, struct msg *why)
{
    struct lane_start s = { .source = true,
                            .first = (uint16_t)offer->port,
                            .last = (uint16_t)offer->port,
                            .lanes = w->lanes,
                            .patience_s = w->patience_s };
    int rc = lanes_agree(w, offer, why);

    strcpy(s.address, offer->address);
    memcpy(s.id, offer->id, sizeof s.id);
    memcpy(s.key, offer->key, sizeof s.key);
    explicit_bzero(offer->key, sizeof offer->key);
    if (!rc && w->pki.wanted)
        rc = pki_load(&w->pki, &s, why);
    if (!rc)
        rc = xlx_carrier_start(c, w->program, &s, why);
    pki_forget(&s);
    explicit_bzero(&s, sizeof s);
    return rc;
}
