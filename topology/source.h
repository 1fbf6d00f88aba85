/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sources of views: this host's lldpd and ports, switches by SNMP, saved text.
 *
 * Each adds to a view what it was told. Functions return 0 or a negative errno
 * and one sentence in err.
 */
#ifndef RACKHOP_TOPOLOGY_SOURCE_H
#define RACKHOP_TOPOLOGY_SOURCE_H

#include "tools/base/loop.h"
#include "tools/base/msg.h"
#include "topology/view.h"

/* This host's lldpd, at its usual socket when that is NULL: the node's
 * identity without its name, and the table. */
int topo_lldpd_read(struct topo_view *v, const char *socket, struct msg *err);
/*
 * Calls fn after each change of the table, until it returns other than 0,
 * which is then returned. An lldpd that goes away is -EPIPE.
 */
int topo_lldpd_watch(const char *socket, int (*fn)(void *arg), void *arg,
                     struct msg *err);
/*
 * Both start the running program once more, as a process without rights that
 * liblldpctl may crash in. A main() that uses them begins with
 *     if (topo_lldpd_is_reader(argc, argv))
 *         topo_lldpd_reader(argv);
 */
bool topo_lldpd_is_reader(int argc, char **argv);
_Noreturn void topo_lldpd_reader(char **argv);

/* One switch that is asked, by version 2c, or by 3 when `user` is set. */
struct topo_snmp_target {
    const char *address; /* "HOST[:PORT]" */
    const char *community;
    const char *user;                 /* v3 */
    const char *auth, *auth_password; /* "MD5", "SHA", "SHA-256", ..; NULL */
    const char *priv, *priv_password; /* "DES", "AES"; NULL: none */
    struct topo_view *view;           /* filled */
    int rc;                           /* 0, or why not */
    struct msg err;
};
struct topo_snmp;
/*
 * Asks all at once on the caller's loop, for timeout_ms * tries at most; the
 * targets and the loop live until topo_snmp_end(). A switch that has not told
 * all by then has rc -ETIMEDOUT and no table. NULL: there is no memory.
 */
struct topo_snmp *topo_snmp_start(struct loop *l,
                                  struct topo_snmp_target *target, size_t n,
                                  unsigned timeout_ms, unsigned tries);
/* Has each switch an rc? It can be the loop's `done`. */
bool topo_snmp_done(const struct topo_snmp *s);
void topo_snmp_end(struct topo_snmp *s); /* NULL is fine */
/* All of it, on a loop of its own. 0 or a negative errno. */
int topo_snmp_walk(struct topo_snmp_target *target, size_t n,
                   unsigned timeout_ms, unsigned tries);

/* What `snmpwalk -On` printed. The message is "NAME:LINE: reason". */
int topo_snmptext_parse(struct topo_view *v, const char *name,
                        const char *text, size_t len, struct msg *err);

/* This host's ports: speed, master, MTU, carrier, counters. */
int topo_ports_read(struct topo_view *v, struct msg *err);
/*
 * Adds the physical ports that carry what is sent to those n addresses (0: to
 * other networks, by the default route) to the view's migration ports: of all
 * next hops, down through bridges, bonds and VLANs, without VIFs and taps.
 * Returns how many addresses have a route, or a negative errno; err is about
 * the last address that has none.
 */
int topo_ports_towards(struct topo_view *v, char **address, size_t n,
                       struct msg *err);

#endif
