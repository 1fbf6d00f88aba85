/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the rules of nft by which is counted what guests send each other. */
#include "tools/daemon/talk_rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/base/mac.h"
#include "tools/daemon/talk.h"

/* What is in them is made of numbers: no text from outside. */
static void rules_guests(FILE *f, const struct talk_vifs *v,
                         const struct talk_loud *loud)
{
    const char *between = "  elements = { ";

    fputs(" set guests {\n  type ifname . ether_addr\n", f);
    for (size_t i = 0; i < v->n; i++) {
        char mac[MAC_TEXT];

        if (!v->vif[i].known || v->vif[i].ovs ||
            talk_is_loud(loud, v->vif[i].mac))
            continue;
        mac_format(mac, v->vif[i].mac);
        fprintf(f, "%s\"%s\" . %s", between, v->vif[i].name, mac);
        between = ",\n    ";
    }
    fputs(*between == ',' ? " }\n }\n" : " }\n", f);
}

/*
 * Only what a guest sends from its own interface by its own address counts, to
 * one address: a guest can't talk in the name of another. It is looked at
 * before anything else filters it, once for each frame.
 */
static void rules_count(FILE *f)
{
    fprintf(f,
            " set pairs {\n  type ether_addr . ether_addr\n"
            "  size %d\n  flags dynamic, timeout\n  timeout 2m\n }\n"
            " chain count {\n"
            "  type filter hook prerouting priority -300; policy accept;\n"
            "  ether daddr & 01:00:00:00:00:00 == 00:00:00:00:00:00 "
            "iifname . ether saddr @guests "
            "update @pairs { ether saddr . ether daddr counter }\n }\n",
            TALK_READ);
}

char *talk_rules(const struct talk_vifs *v, const struct talk_loud *loud,
                 size_t *len_r)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, len_r);

    if (!f)
        return NULL;
    fputs("add table " TALK_TABLE "\ndelete table " TALK_TABLE
          "\ntable " TALK_TABLE " {\n",
          f);
    rules_guests(f, v, loud);
    rules_count(f);
    fputs("}\n", f);
    if (!fclose(f))
        return text;
    free(text);
    return NULL;
}
