/* SPDX-License-Identifier: LGPL-2.1-only */
/* Judges what each host says of itself. */
#include "tools/cluster/check_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SPACE_MIB = 64, DAY_S = 86400, CERTIFICATE_DAYS = 30 };

/* So far may clocks be apart, whatever was between asking and answering: what
 * runs record at one host is read at others. */
static const double clock_apart_s = 2;
#define CLOCK_MOST 1e12

/* Between the times of this host alone: one that is dead keeps the others
 * waiting for longer than most clocks are wrong. */
static int judge_clock(struct check_row *r)
{
    double at = r->here.clock_s, off = 0;

    if (!isfinite(at))
        return 0;
    if (at < r->began_s - clock_apart_s)
        off = at - r->began_s;
    else if (at > r->ended_s + clock_apart_s)
        off = at - r->ended_s;
    if (off == 0)
        return 0;
    return check_add(r, "clock", false, "have NTP set its clock (chrony)",
                     "its clock is %.0f s %s this host's", fabs(off),
                     off < 0 ? "behind" : "ahead of");
}

static int judge_space(struct check_row *r)
{
    const struct hostcheck *h = &r->here;

    if (h->free_mib < 0 || h->free_mib >= SPACE_MIB)
        return 0;
    return check_add(r, "space", false,
                     "make room there: a move whose records cannot be "
                     "written is not begun",
                     "%lld MiB are free for records in %s",
                     (long long)h->free_mib, h->state ? h->state : "?");
}

static int judge_lldpd(struct check_row *r)
{
    if (r->here.lldpd)
        return check_add(r, "lldpd", true,
                         "install and start lldpd, or declare its cables in "
                         "topology_plan",
                         "%s", r->here.lldpd);
    if (!r->here.neighbours)
        return check_add(r, "lldpd", true,
                         "let its switch send LLDP, and look at `lldpcli show "
                         "neighbors`",
                         "its lldpd has heard of no neighbour");
    return 0;
}

/* A host that this one does not reach either has a fault of its own. */
static bool judge_is_down(const struct check *k, const char *host)
{
    for (size_t i = 0; i < k->hosts; i++)
        if (!strcmp(k->row[i].name, host))
            return !k->row[i].answered;
    return false;
}

static int judge_peers(const struct check *k, struct check_row *r)
{
    int rc = 0;

    for (size_t i = 0; i < r->here.peer_n && !rc; i++) {
        const struct hostcheck_peer *p = &r->here.peer[i];

        if (p->why && !judge_is_down(k, p->host))
            rc = check_add(r, "peer", false,
                           "a move needs ssh from each host to each, as root",
                           "ssh from it to %s: %s", p->host, p->why);
    }
    return rc;
}

/* Names of hosts, as many as fit. */
static void judge_join(char *to, size_t size, const char *name)
{
    size_t n = strlen(to);

    if (n + strlen(name) + 8 < size)
        snprintf(to + n, size - n, "%s%s", n ? ", " : "", name);
    else if (n + 4 < size && (n < 2 || strcmp(to + n - 2, "..") != 0))
        strcpy(to + n, " ..");
}

static void judge_count_ways(struct check_row *r)
{
    for (size_t i = 0; i < r->here.peer_n; i++) {
        const struct hostcheck_peer *p = &r->here.peer[i];

        r->lanes += p->way == HOSTCHECK_LANES;
        r->by_pki += p->by_pki;
        r->none += p->way == HOSTCHECK_NONE;
        r->ways += p->way != HOSTCHECK_UNKNOWN;
    }
}

/* The hosts to which guests would go over ssh though lanes were wanted, or not
 * at all; one note, or fault, has them all, and why it is so for the first. */
static int judge_way(const struct check *k, struct check_row *r,
                     enum hostcheck_way way)
{
    const struct hostcheck_peer *first = NULL;
    char names[200] = "";
    bool more = false;

    for (size_t i = 0; i < r->here.peer_n; i++) {
        const struct hostcheck_peer *p = &r->here.peer[i];

        if (p->way != way || !p->why_ssh || judge_is_down(k, p->host))
            continue;
        judge_join(names, sizeof names, p->host);
        more = first;
        first = first ? first : p;
    }
    if (!first)
        return 0;
    return check_add(r, "way", way == HOSTCHECK_SSH,
                     "see wire, wire_pki, wire_ports and migration_network in "
                     "rackhop.conf(5), of both hosts, and firewalls",
                     "its moves to %s %s%s%s: %s", names,
                     way == HOSTCHECK_SSH ? "go over ssh" : "are refused",
                     more ? "; to " : "", more ? first->host : "",
                     first->why_ssh);
}

static int judge_ways(const struct check *k, struct check_row *r)
{
    int rc = judge_way(k, r, HOSTCHECK_SSH);

    judge_count_ways(r);
    return rc ? rc : judge_way(k, r, HOSTCHECK_NONE);
}

/* What moves with certificates show, its own or another host's: the one that
 * ends first, if that is soon. */
static int judge_certificates(struct check_row *r)
{
    int64_t ends_s = INT64_MAX, now = 0;
    const char *whose = NULL;
    char date[32] = "";
    struct tm tm;

    for (size_t i = 0; i < r->here.peer_n; i++) {
        const struct hostcheck_peer *p = &r->here.peer[i];

        if (p->by_pki && p->own_ends_s < ends_s) {
            ends_s = p->own_ends_s;
            whose = "";
        }
        if (p->by_pki && p->other_ends_s < ends_s) {
            ends_s = p->other_ends_s;
            whose = p->host;
        }
    }
    if (r->here.clock_s > 0 && r->here.clock_s < CLOCK_MOST)
        now = (int64_t)r->here.clock_s;
    if (!whose || !now || ends_s - now > CERTIFICATE_DAYS * DAY_S)
        return 0;
    gmtime_r(&(time_t){ ends_s }, &tm);
    strftime(date, sizeof date, "%Y-%m-%d", &tm);
    return check_add(r, "certificates", true,
                     "renew it: without it moves go over ssh, or not at all "
                     "(wire_pki in rackhop.conf(5))",
                     "%s%s ends on %s, in %lld days",
                     *whose ? "the certificate of "
                            : "its certificate, a CA's or the CRL",
                     whose, date, (long long)((ends_s - now) / DAY_S));
}

static int judge_name(const struct check *k, struct check_row *r)
{
    const char *node = json_get_str(json_root(r->facts), "node", "");
    const char *other = host_rows_other(&k->conf->hosts, r->name, node);

    if (!other)
        return 0;
    return check_add(r, "ssh", false, "correct the addresses in `hosts`",
                     "%s answers at its address", other);
}

static int judge_facts(const struct check *k, struct check_row *r)
{
    const struct json *root = json_root(r->facts);
    const struct json *host = json_get(root, "host");
    const struct json *guests = json_get(root, "domains");

    snprintf(r->xen, sizeof r->xen, "%s", json_get_str(host, "xen", ""));
    r->guests = guests ? guests->len : 0;
    r->maintenance = !strcmp(json_get_str(host, "state", ""), "maintenance");
    if (!host)
        return check_add(r, "facts", false, "`rackhop facts` must work there",
                         "its facts have no host");
    return judge_name(k, r);
}

int check_judge(struct check *k)
{
    int rc = 0;

    for (size_t i = 0; i < k->hosts && !rc; i++) {
        struct check_row *r = &k->row[i];

        if (r->facts)
            rc = judge_facts(k, r);
        if (rc || !r->has_here)
            continue;
        snprintf(r->rackhop, sizeof r->rackhop, "%s",
                 r->here.rackhop ? r->here.rackhop : "");
        rc = judge_clock(r);
        if (!rc)
            rc = judge_space(r);
        if (!rc)
            rc = judge_lldpd(r);
        if (!rc)
            rc = judge_peers(k, r);
        if (!rc)
            rc = judge_ways(k, r);
        if (!rc)
            rc = judge_certificates(r);
    }
    return rc;
}
