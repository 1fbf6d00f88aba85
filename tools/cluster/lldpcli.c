/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what lldpcli on a Linux switch answers over ssh. */
#include "tools/cluster/lldpcli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/json0.h"

const char lldpcli_script[] =
    "lldpcli -f json0 show neighbors details && echo @chassis && "
    "lldpcli -f json0 show chassis && echo @ports && "
    "echo @uptime $(cat /proc/uptime) && cd /sys/class/net && "
    "for p in *; do echo $p $(cat $p/speed 2>/dev/null || echo 0) "
    "$(cat $p/carrier 2>/dev/null || echo 0) $(cat $p/address) "
    "$(cat $p/statistics/rx_bytes $p/statistics/tx_bytes); done";

/* Ends the text before the last line that is `mark`, and returns what follows
 * that line. A name in the table may hold such a line, but nothing behind our
 * own line can. */
static char *cut_at_mark(char *text, const char *mark)
{
    char *found = NULL;

    for (char *p = text; (p = strstr(p, mark)); p += strlen(mark))
        if (p > text && p[-1] == '\n')
            found = p;
    if (!found)
        return NULL;
    *found = '\0';
    return found + strlen(mark);
}

static void parse_port(struct topo_view *w, const char *line)
{
    char name[64], mac[32];
    struct topo_port *p;
    long speed, carrier;
    int64_t rx, tx;
    double uptime;
    struct topo_id id = { .value = NULL };
    int n = sscanf(line, "%63s %ld %ld %31s %" SCNd64 " %" SCNd64, name,
                   &speed, &carrier, mac, &rx, &tx);

    if (sscanf(line, "@uptime %lf", &uptime) == 1 && uptime > 0 &&
        uptime < 1e12)
        w->clock_ms = (int64_t)(uptime * 1000);
    if (n < 4 || !strcmp(name, "lo"))
        return;
    p = topo_view_port(w, name);
    if (!p)
        return;
    p->up = carrier == 1;
    if (p->up && speed > 0 && speed <= TOPO_MAX_MBPS)
        p->speed_mbps = speed;
    if (n == 6) {
        p->rx_bytes = rx;
        p->tx_bytes = tx;
    }
    topo_id_text(w, &id, "mac", mac, strlen(mac));
    free(p->mac);
    p->mac = id.value;
}

int lldpcli_parse(struct topo_view *w, char *text, struct msg *err)
{
    char *ports = cut_at_mark(text, "@ports\n"),
         *chassis = cut_at_mark(text, "@chassis\n");
    char *save = NULL;

    if (chassis &&
        json0_parse_chassis(w, w->name, chassis, strlen(chassis), err))
        return -EINVAL;
    for (char *line = ports ? strtok_r(ports, "\n", &save) : NULL; line;
         line = strtok_r(NULL, "\n", &save))
        parse_port(w, line);
    return json0_parse(w, w->name, text, strlen(text), err);
}
