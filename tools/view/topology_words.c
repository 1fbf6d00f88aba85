/* SPDX-License-Identifier: LGPL-2.1-only */
/* Says speeds, ages and evidence of cables in a few letters. */
#include "tools/view/topology_words.h"

#include <stdio.h>
#include <string.h>

const char *topology_speed(char buf[TOPOLOGY_WORD], int64_t mbps)
{
    if (mbps < 0)
        snprintf(buf, TOPOLOGY_WORD, "?");
    else if (mbps >= 1000 && mbps % 100 == 0)
        snprintf(buf, TOPOLOGY_WORD, "%gG", (double)mbps / 1000);
    else
        snprintf(buf, TOPOLOGY_WORD, "%lldM", (long long)mbps);
    return buf;
}

const char *topology_load(char buf[TOPOLOGY_WORD], const struct topo_link *l)
{
    double load = l->load_mbps;
    int n;

    buf[0] = '\0';
    if (!l->load_known)
        return buf;
    n = load < 999.5
            ? snprintf(buf, TOPOLOGY_WORD, "  load %.0fM", load)
            : snprintf(buf, TOPOLOGY_WORD, "  load %.3gG", load / 1000);
    if (l->mbps > 0)
        snprintf(buf + n, (size_t)(TOPOLOGY_WORD - n), " (%.0f%%)",
                 100 * load / (double)l->mbps);
    return buf;
}

const char *topology_age(char buf[TOPOLOGY_WORD], int64_t s)
{
    if (s < 0)
        snprintf(buf, TOPOLOGY_WORD, "-");
    else if (s < 120)
        snprintf(buf, TOPOLOGY_WORD, "%lld s", (long long)s);
    else if (s < 7200)
        snprintf(buf, TOPOLOGY_WORD, "%lld min", (long long)s / 60);
    else if (s < 172800)
        snprintf(buf, TOPOLOGY_WORD, "%lld h", (long long)s / 3600);
    else
        snprintf(buf, TOPOLOGY_WORD, "%lld d", (long long)s / 86400);
    return buf;
}

const char *topology_evidence(enum topo_evidence e)
{
    switch (e) {
    case TOPO_BOTH: return "both ends";
    case TOPO_SWITCH_SAYS: return "the switch";
    case TOPO_HOST_SAYS: return "the host";
    case TOPO_DECLARED: return "the plan";
    }
    return "?";
}

void topology_put_disputes(FILE *f, const struct topo *t, uint32_t link,
                           const char *indent)
{
    const struct topo_dispute *d;
    size_t n;

    d = topo_disputes(t, link, &n);
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%s! %s says: %s %s to %s %s\n", indent,
                d[i].evidence == TOPO_DECLARED ? "the plan" : d[i].a, d[i].a,
                d[i].a_port ? d[i].a_port : "-", d[i].b,
                d[i].b_port ? d[i].b_port : "-");
}

void topology_widen(int *width, const char *s)
{
    int n = s ? (int)strlen(s) : 1;

    if (n > *width)
        *width = n < 32 ? n : 32;
}
