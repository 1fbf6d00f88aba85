/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the guest that an operand names: by its UUID or by its name.
 *
 * A name may stand for guests on several hosts. None of them is meant more
 * than the others, so all are shown, with what tells them apart.
 */
#include "tools/cluster/find.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/base/near.h"
#include "tools/base/uuid.h"
#include "tools/base/text.h"

enum { FIND_SHOWN = 8 };

/* A UUID may be written in capitals as well. */
static const char *find_lower(const char *word, char lower[UUID_TEXT + 1])
{
    size_t i = 0;

    for (; i < UUID_TEXT && word[i]; i++)
        lower[i] = (char)tolower((unsigned char)word[i]);
    lower[i] = '\0';
    return !word[i] && uuid_ok(lower) ? lower : word;
}

static int find_tell_all(const struct plan_cluster *c, const char *word,
                         uint32_t first, struct msg *err)
{
    char list[FIND_SHOWN * 400] = "", shown[3800], name[300];
    uint32_t n = 0;
    size_t at = 0;

    for (uint32_t v = first; v != PLAN_NONE;
         v = plan_next_domain(c, word, v + 1)) {
        if (n++ < FIND_SHOWN && at < sizeof list)
            at += (size_t)snprintf(list + at, sizeof list - at,
                                   "%s%.64s on %.255s", n > 1 ? ", " : "",
                                   plan_domain_uuid(c, v),
                                   plan_host_name(c, plan_domain_host(c, v)));
    }
    text_printable(name, sizeof name, word, strlen(word));
    text_printable(shown, sizeof shown, list, strlen(list));
    msg_set(err, "%s is the name of %u guests: %s%s; give the UUID instead",
            name, n, shown, n > FIND_SHOWN ? " .." : "");
    return -ENOTUNIQ;
}

/* Is there a guest of that name with another UUID? One that two hosts list is
 * one guest, wherever it runs. */
static bool find_other(const struct plan_cluster *c, const char *word,
                       uint32_t first)
{
    for (uint32_t v = plan_next_domain(c, word, first + 1); v != PLAN_NONE;
         v = plan_next_domain(c, word, v + 1))
        if (strcmp(plan_domain_uuid(c, v), plan_domain_uuid(c, first)))
            return true;
    return false;
}

static void find_none(const struct plan_cluster *c, const char *word,
                      struct msg *err)
{
    char hint[NEAR_HINT];
    struct near n;

    near_init(&n, word);
    for (uint32_t v = 0; v < plan_domains(c); v++)
        near_try(&n, plan_domain_name(c, v));
    msg_set(err, "there is no domain %s in the snapshot%s", word,
            near_hint(&n, "", hint));
}

int find_guest(const struct plan_cluster *c, const char *word, uint32_t *dom_r,
               struct msg *err)
{
    char lower[UUID_TEXT + 1];
    const char *uuid = find_lower(word, lower);
    uint32_t first;

    *dom_r = plan_find_domain(c, uuid);
    if (*dom_r == PLAN_NONE)
        *dom_r = plan_find_domain(c, word);
    if (*dom_r == PLAN_NONE) {
        find_none(c, word, err);
        return -ENOENT;
    }
    if (!strcmp(plan_domain_uuid(c, *dom_r), uuid))
        return 0;
    first = plan_next_domain(c, word, 0);
    if (!find_other(c, word, first))
        return 0;
    return find_tell_all(c, word, first, err);
}
