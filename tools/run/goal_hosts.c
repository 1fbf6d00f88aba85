/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds the hosts and racks that the operands of a goal name. */
#include "tools/run/goal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/near.h"
#include "tools/config.h"

struct host_set {
    uint32_t *host;
    uint32_t n;
};

static void host_set_add(struct host_set *h, uint32_t host)
{
    for (uint32_t i = 0; i < h->n; i++)
        if (h->host[i] == host)
            return;
    h->host[h->n++] = host;
}

static bool host_set_add_rack_hosts(struct host_set *h, struct plan_cluster *c,
                                    const char *name)
{
    bool any = false;

    for (uint32_t i = 0; i < plan_hosts(c); i++) {
        const char *rack = plan_host_rack(c, i);

        if (!rack || strcmp(rack, name))
            continue;
        host_set_add(h, i);
        any = true;
    }
    return any;
}

static void host_set_no_rack(const struct plan_cluster *c, const char *name,
                             struct msg *err)
{
    char hint[NEAR_HINT];
    struct near n;

    near_init(&n, name);
    for (uint32_t i = 0; i < plan_hosts(c); i++)
        if (plan_host_rack(c, i))
            near_try(&n, plan_host_rack(c, i));
    msg_set(err, "there is no rack %s in the snapshot%s", name,
            near_hint(&n, "rack:", hint));
}

void goal_no_host(const struct plan_cluster *c, const char *word,
                  struct msg *err)
{
    char hint[NEAR_HINT];
    struct near n;

    near_init(&n, word);
    for (uint32_t i = 0; i < plan_hosts(c); i++) {
        if (plan_host_rack(c, i) && !strcmp(plan_host_rack(c, i), word)) {
            msg_set(err, "%s is a rack: give it as rack:%s", word, word);
            return;
        }
        near_try(&n, plan_host_name(c, i));
    }
    msg_set(err, "there is no host %s in the snapshot%s", word,
            near_hint(&n, "", hint));
}

static bool is_configured(const struct config *conf, const char *word)
{
    for (size_t i = 0; i < conf->hosts.n; i++)
        if (!strcmp(conf->hosts.row[i].name, word))
            return true;
    return false;
}

int goal_hosts_configured(const struct config *conf, char *const *word, int n,
                          struct msg *err)
{
    for (int i = 0; i < n && conf->hosts.n; i++) {
        char hint[NEAR_HINT];
        struct near near;

        if (!strncmp(word[i], "rack:", 5) || !strcmp(word[i], "all") ||
            is_configured(conf, word[i]))
            continue;
        near_init(&near, word[i]);
        for (size_t k = 0; k < conf->hosts.n; k++)
            near_try(&near, conf->hosts.row[k].name);
        msg_set(err, "the configuration has no host %s%s", word[i],
                near.best ? near_hint(&near, "", hint)
                          : "; a rack is given as rack:NAME");
        return -EINVAL;
    }
    return 0;
}

/* A rack by its name, or by that of any of its switches. */
static int host_set_add_rack(struct host_set *h, struct plan_cluster *c,
                             const char *name, struct msg *err)
{
    const char *behind;

    if (host_set_add_rack_hosts(h, c, name))
        return 0;
    behind = plan_switch_rack(c, name);
    if (behind && host_set_add_rack_hosts(h, c, behind))
        return 0;
    host_set_no_rack(c, name, err);
    return -EINVAL;
}

static int host_set_add_word(struct host_set *h, struct plan_cluster *c,
                             const char *word, struct msg *err)
{
    static const char rack[] = "rack:";
    uint32_t host;

    if (!strncmp(word, rack, sizeof rack - 1))
        return host_set_add_rack(h, c, word + sizeof rack - 1, err);
    host = plan_find_host(c, word);
    if (host == PLAN_NONE) {
        goal_no_host(c, word, err);
        return -EINVAL;
    }
    host_set_add(h, host);
    return 0;
}

int goal_hosts(struct plan_cluster *c, char *const *word, int n,
               uint32_t **host_r, struct msg *err)
{
    struct host_set h = { calloc((size_t)plan_hosts(c) + 1, sizeof *h.host),
                          0 };
    int rc = h.host ? 0 : -ENOMEM;

    for (int i = 0; i < n && !rc; i++)
        rc = host_set_add_word(&h, c, word[i], err);
    if (rc) {
        free(h.host);
        return rc;
    }
    *host_r = h.host;
    return (int)h.n;
}
