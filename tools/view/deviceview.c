/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows claims on devices: a line for each device. */
#include "tools/view/deviceview.h"

#include <stdio.h>
#include <string.h>

#include "tools/base/text.h"
#include "tools/complain.h"

void deviceview_text(const struct device_claim *c)
{
    char from[3 * sizeof c->from], vif[16];

    if (c->state == CLAIM_RELEASED)
        return;
    text_printable(from, sizeof from, c->from, strlen(c->from));
    for (unsigned i = 0; i < c->list.n; i++) {
        const struct device_item *d = &c->list.item[i];

        snprintf(vif, sizeof vif, "vif %u", d->vif);
        printf("%s  %s  %s of class %s, %s, move %s from %s\n", c->uuid,
               device_claim_state_name(c->state), *d->pci ? d->pci : vif,
               d->class, d->mac, c->move, from);
    }
}

void deviceview_json(const struct device_claim *c)
{
    struct json_out *o = json_out_new(stdout, false);

    if (!o)
        die_oom();
    device_claim_write(o, c);
    json_out_free(o);
}
